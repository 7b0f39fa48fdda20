/**
 * What a model's texts have from the text that it was trained on: words, and whole passages.
 *
 * @module
 */

import type { PackingName } from "../config/config.ts";
import type { BlockSource } from "../data/shards/blocks.ts";
import { packsTexts } from "../data/shards/packing.ts";
import { DataError } from "../errors.ts";
import { beginWork } from "../system/long_work.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { idParts } from "./id_parts.ts";

/** Tokens of a passage. */
export const PASSAGE_TOKENS = 8;

/** Passages take 8 bytes of memory each; a `Set` takes ten times as much, and ends at 2²⁴. */
const MOST_TOKENS = 2 ** 26;

/** The words and the passages of a training text. */
export class TrainingText {
  readonly #tokenizer: Tokenizer;
  readonly #words = new Set<string>();
  /** Hashes of the passages, in ascending order. */
  readonly #passages: Float64Array;

  /**
   * Reads all blocks.
   *
   * @param packing How texts fill them.
   * @throws {DataError} if a block cannot be read, or there are too many for the memory.
   */
  constructor(blocks: BlockSource, packing: PackingName, tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
    const tokens = blocks.numBlocks * blocks.length;
    if (tokens > MOST_TOKENS) {
      throw new DataError(
        `The training text has ${tokens} tokens, and passages are looked for in ${MOST_TOKENS} at ` +
          `most. Measure a model of a shorter text.`,
      );
    }
    const passages = new Float64Array(tokens);
    let count = 0;
    for (const text of textsOf(blocks, packing, tokenizer)) {
      for (const word of wordsOf(tokenizer.decode(text))) this.#words.add(word);
      for (const passage of passagesOf(text)) passages[count++] = passage;
    }
    this.#passages = passages.subarray(0, count).sort();
  }

  /**
   * The share of the words of texts, what stands between blanks, that occur in the training text;
   * null if there are none. One that a block's edge cuts counts as it is.
   */
  knownWords(texts: readonly string[]): number | null {
    return share(texts.flatMap(wordsOf), (word) => this.#words.has(word));
  }

  /**
   * The share of the passages of {@linkcode PASSAGE_TOKENS} tokens of samples that occur in the
   * training text; null if there are none. Specials are parts of none.
   */
  copiedPassages(samples: readonly ArrayLike<number>[]): number | null {
    const texts = samples.flatMap((ids) => withoutSpecials(ids, this.#tokenizer));
    const passages = texts.flatMap((text) => [...passagesOf(text)]);
    return share(passages, (passage) => isAmong(this.#passages, passage));
  }
}

function share<T>(all: readonly T[], is: (each: T) => boolean): number | null {
  return all.length === 0 ? null : all.filter(is).length / all.length;
}

/** What stands between blanks. */
function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

/** Whether a number is among others in ascending order. */
function isAmong(sorted: Float64Array, value: number): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === value;
}

/** The hash of every run of {@linkcode PASSAGE_TOKENS} tokens, of some 52 bits. */
function* passagesOf(tokens: readonly number[]): Generator<number> {
  for (let start = 0; start + PASSAGE_TOKENS <= tokens.length; start++) {
    let [high, low] = [0, 0];
    for (let i = start; i < start + PASSAGE_TOKENS; i++) {
      high = Math.imul(high, 0x01000193) + tokens[i]! + 1 | 0;
      low = Math.imul(low ^ tokens[i]!, 0x9e3779b1) ^ (low >>> 15);
    }
    yield (high >>> 6) * 2 ** 26 + (low >>> 6);
  }
}

/** The parts of a sequence between specials. */
function withoutSpecials(
  ids: ArrayLike<number>,
  { bosId, eosId, padId }: Tokenizer,
): number[][] {
  return idParts(ids, (id) => id === bosId || id === eosId || id === padId)
    .filter((part) => part.length > 0);
}

/** The texts of blocks; those of a stream go on from block to block. */
function* textsOf(
  blocks: BlockSource,
  packing: PackingName,
  tokenizer: Tokenizer,
): Generator<number[]> {
  const ids = new Uint32Array(blocks.length);
  const isStream = !packsTexts(packing);
  let open: number[] = [];
  using work = beginWork("read the training text", blocks.numBlocks, "block");
  for (let index = 0; index < blocks.numBlocks; index++) {
    blocks.read(index, ids, 0);
    work.add(1);
    if (!isStream) {
      yield* withoutSpecials(ids, tokenizer);
      continue;
    }
    // Without the frame of the block what is left of specials ends a text.
    for (const id of ids.subarray(1, -1)) {
      if (id !== tokenizer.eosId) {
        open.push(id);
        continue;
      }
      if (open.length > 0) yield open;
      open = [];
    }
  }
  if (open.length > 0) yield open;
}
