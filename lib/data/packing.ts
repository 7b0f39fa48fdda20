/**
 * Packs texts into training blocks as the reference does (`_group_texts` in
 * its dataloader.py): texts are joined with an EOS after each, the stream is
 * cut every L-2 tokens, and each cut is framed by BOS and EOS.
 *
 * @module
 */
import { DataError } from "../errors.ts";

/**
 * What becomes of the tokens that do not fill a block: `stream` carries them
 * over to the next text, `reference` drops them after every
 * {@linkcode REFERENCE_BATCH_TEXTS} texts, as the reference does.
 */
export type Packing = "stream" | "reference";

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
  /** What becomes of a remainder; `stream` unless given. */
  packing?: Packing;
}

/**
 * Packs a stream of tokens into blocks of L ids, holding one block at a time.
 *
 * @example
 * ```ts
 * import { BlockPacker } from "./packing.ts";
 *
 * const packer = new BlockPacker({ length: 4, bosId: 0, eosId: 1 });
 * const blocks = [...packer.push([7, 8, 9]), ...packer.endText()];
 * console.assert(blocks.length === 2); // [0, 7, 8, 1] and [0, 9, 1, 1]
 * ```
 */
export class BlockPacker {
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
    if (!Number.isInteger(length) || length < 3) {
      throw new DataError(
        `Cannot pack blocks of length ${length}: BOS and EOS take two tokens, so data.length ` +
          `must be a whole number of at least 3.`,
      );
    }
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
    for (let i = 0; i < tokens.length; i++) {
      this.#block[this.#fill++] = tokens[i]!;
      if (this.#fill === this.#length - 1) {
        blocks.push(this.#block.slice());
        this.#fill = 1;
      }
    }
    return blocks;
  }

  /** Ends the current text with an EOS and returns the block that it fills, if any. */
  endText(): Uint32Array[] {
    const blocks = this.push([this.#eosId]);
    if (++this.#texts % this.#dropEvery === 0) this.#fill = 1;
    return blocks;
  }
}
