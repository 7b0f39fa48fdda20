/**
 * Packs texts into training blocks as the reference does (`_group_texts` in
 * its dataloader.py): texts are joined with an EOS after each, the stream is
 * cut every L-2 tokens, and each cut is framed by BOS and EOS. Or, for data
 * sets made of texts of one length, each text is a block by itself.
 *
 * @module
 */
import type { PackingName } from "../../config/config.ts";
import { DataError } from "../../errors.ts";

/**
 * The ways in which texts fill blocks: what becomes of the tokens that do not fill one. `stream`
 * carries them over to the next text, `reference` drops them after every
 * {@linkcode REFERENCE_BATCH_TEXTS} texts, as the reference does. With `unwrapped` there are none:
 * each text is a block, without BOS and EOS, and must have exactly its length. `padded` makes each
 * text a block too, but cuts it to L − 2 tokens, frames it by BOS and EOS, and fills up with
 * padding (`wrap: False` of the reference); padding has no part in a loss.
 */
export const PACKINGS: readonly PackingName[] = ["stream", "reference", "unwrapped", "padded"];

/** The texts the reference packs at a time (the batch size of its `datasets.map`). */
export const REFERENCE_BATCH_TEXTS = 1000;

/** How to pack. */
export interface PackingOptions {
  /** Block length L, BOS and EOS included; at least 3. */
  length: number;
  /** The id put in front of every block. */
  bosId: number;
  /** The id put after every text and at the end of every block. */
  eosId: number;
  /** The id that fills up `padded` blocks; only these need one. */
  padId?: number | null;
  /** What becomes of a remainder; `stream` unless given. */
  packing?: PackingName;
}

/** What a packer holds between two texts. */
export interface PackerState {
  /** Tokens of the block that is not full. */
  tokens: number[];
  /** Texts that have ended. */
  texts: number;
}

/** Takes texts token by token and returns the blocks of L ids that they fill. */
export interface Packer {
  /** Adds tokens of the current text. */
  push(tokens: ArrayLike<number>): Uint32Array[];
  /** Ends the current text. */
  endText(): Uint32Array[];
  /** What it holds, between two texts. */
  save(): PackerState;
  /** Goes on from what another one held. */
  restore(state: PackerState): void;
}

/**
 * The packer of that kind.
 *
 * @throws {DataError} if the block length is impossible, or blocks are to be
 * padded by a tokenizer that has no padding.
 */
export function createPacker(options: PackingOptions): Packer {
  switch (options.packing) {
    case "unwrapped":
      return new TextPacker(options.length);
    case "padded":
      return new PaddedPacker(options);
    default:
      return new BlockPacker(options);
  }
}

/** The token that fills blocks up, which no loss counts; null where none does. */
export function fillerOf(
  packing: PackingName,
  { padId }: { readonly padId: number | null },
): number | null {
  return packing === "padded" ? padId : null;
}

/** Whether each text is a block by itself. */
export function packsTexts(packing: PackingName): boolean {
  return packing === "unwrapped" || packing === "padded";
}

/** Tokens of texts that it takes to fill a block of L. */
export function tokensInBlock(length: number, packing: PackingName): number {
  if (packing === "padded") return 1;
  return packing === "unwrapped" ? length : length - 2;
}

function checkFramed(length: number): void {
  if (Number.isInteger(length) && length >= 3) return;
  throw new DataError(
    `Cannot pack blocks of length ${length}: BOS and EOS take two tokens, so data.length ` +
      `must be a whole number of at least 3.`,
  );
}

/**
 * Packs a stream of tokens into blocks of L ids, holding one block at a time.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { BlockPacker } from "./packing.ts";
 *
 * const packer = new BlockPacker({ length: 4, bosId: 0, eosId: 1 });
 * const blocks = [...packer.push([7, 8, 9]), ...packer.endText()];
 * assertEquals(blocks.length, 2); // [0, 7, 8, 1] and [0, 9, 1, 1]
 * ```
 */
export class BlockPacker implements Packer {
  readonly #length: number;
  readonly #eosId: number;
  readonly #dropEvery: number;
  readonly #block: Uint32Array;
  #fill = 1;
  #texts = 0;

  /**
   * Begins an empty stream.
   *
   * @throws {DataError} if the block length is not a whole number of at least 3.
   */
  constructor(options: PackingOptions) {
    const { length, bosId, eosId, packing = "stream" } = options;
    checkFramed(length);
    this.#length = length;
    this.#eosId = eosId;
    this.#dropEvery = packing === "reference" ? REFERENCE_BATCH_TEXTS : Infinity;
    this.#block = new Uint32Array(length);
    this.#block[0] = bosId;
    this.#block[length - 1] = eosId;
  }

  /** Adds tokens of the current text and returns the blocks that they fill. */
  push(tokens: ArrayLike<number>): Uint32Array[] {
    const blocks: Uint32Array[] = [];
    const last = this.#length - 1;
    for (let at = 0; at < tokens.length;) {
      const end = Math.min(tokens.length, at + last - this.#fill);
      while (at < end) this.#block[this.#fill++] = tokens[at++]!;
      if (this.#fill < last) break;
      blocks.push(this.#block.slice());
      this.#fill = 1;
    }
    return blocks;
  }

  /** Ends the current text with an EOS and returns the block that it fills, if any. */
  endText(): Uint32Array[] {
    const blocks = this.push([this.#eosId]);
    if (++this.#texts % this.#dropEvery === 0) this.#fill = 1;
    return blocks;
  }

  /** The tokens of the block that is not full. */
  save(): PackerState {
    return { tokens: [...this.#block.subarray(1, this.#fill)], texts: this.#texts };
  }

  /** Goes on with these. */
  restore({ tokens, texts }: PackerState): void {
    this.#block.set(tokens, 1);
    this.#fill = 1 + tokens.length;
    this.#texts = texts;
  }
}

/** Makes each text a block of BOS, at most L − 2 tokens, EOS, and padding up to L tokens. */
class PaddedPacker implements Packer {
  readonly #eosId: number;
  readonly #padId: number;
  readonly #block: Uint32Array;
  #fill = 1;
  #texts = 0;

  /**
   * Begins with no text.
   *
   * @throws {DataError} if the block length is not a whole number of at least 3, or there is no
   * padding id of its own.
   */
  constructor({ length, bosId, eosId, padId = null }: PackingOptions) {
    checkFramed(length);
    if (padId === null || padId === eosId) {
      throw new DataError(
        `Cannot pad blocks: the tokenizer has no padding token. Set data.packing to "stream", or ` +
          `use another data.tokenizer.`,
      );
    }
    this.#eosId = eosId;
    this.#padId = padId;
    this.#block = new Uint32Array(length);
    this.#block[0] = bosId;
  }

  /** Adds tokens of the current text, as far as there is room. */
  push(tokens: ArrayLike<number>): Uint32Array[] {
    const last = this.#block.length - 1;
    for (let i = 0; i < tokens.length && this.#fill < last; i++) {
      this.#block[this.#fill++] = tokens[i]!;
    }
    return [];
  }

  /** Ends the current text and returns its block. */
  endText(): Uint32Array[] {
    this.#block[this.#fill] = this.#eosId;
    this.#block.fill(this.#padId, this.#fill + 1);
    this.#fill = 1;
    this.#texts++;
    return [this.#block.slice()];
  }

  /** Nothing but the number of texts. */
  save(): PackerState {
    return { tokens: [], texts: this.#texts };
  }

  /** Goes on after as many texts. */
  restore({ texts }: PackerState): void {
    this.#texts = texts;
  }
}

/** Makes each text a block: no BOS, no EOS, exactly L tokens. */
export class TextPacker implements Packer {
  readonly #block: Uint32Array;
  #fill = 0;
  #texts = 0;

  /** Begins with no text; `length` is L. */
  constructor(length: number) {
    this.#block = new Uint32Array(length);
  }

  /** Adds tokens of the current text; no block is whole before the text ends. */
  push(tokens: ArrayLike<number>): Uint32Array[] {
    for (let i = 0; i < tokens.length; i++, this.#fill++) {
      if (this.#fill < this.#block.length) this.#block[this.#fill] = tokens[i]!;
    }
    return [];
  }

  /**
   * Ends the current text and returns its block.
   *
   * @throws {DataError} if the text has another length than the block.
   */
  endText(): Uint32Array[] {
    const { length } = this.#block;
    if (this.#fill !== length) {
      throw new DataError(
        `Cannot pack text ${
          this.#texts + 1
        } (of those with tokens): it has ${this.#fill} tokens, ` +
          `but with data.packing "unwrapped" every text must have exactly data.length, which is ` +
          `${length}. Set data.length, or data.packing to "stream".`,
      );
    }
    this.#texts++;
    this.#fill = 0;
    return [this.#block.slice()];
  }

  /** Nothing but the number of texts. */
  save(): PackerState {
    return { tokens: [], texts: this.#texts };
  }

  /** Goes on after as many texts. */
  restore({ texts }: PackerState): void {
    this.#texts = texts;
  }
}
