/**
 * Learning byte pairs (Sennrich et al., 2016): again and again, the two neighbours that occur most
 * often become a token.
 *
 * @module
 */

import { concat } from "../system/concat.ts";
import { MergeQueue } from "./merge_queue.ts";
import { ABSENT, PairMap } from "./pair_map.ts";
import type { CountedPieces } from "./piece_counts.ts";

/** A pair that occurs less often is no token. */
const LEAST_COUNT = 2;
/** What a place has once its token is part of the one before. */
const MERGED = -1;
/** Stands where there is no place. */
const NOWHERE = -1;

/** The bytes that are part of some text in UTF-8, from the lowest to the highest: 243 of 256. */
export const TEXT_BYTES: readonly number[] = Array.from({ length: 256 }, (_, byte) => byte).filter(
  (byte) => byte < 0xc0 || (byte > 0xc1 && byte < 0xf5),
);

/** How {@linkcode learnBytePairs} goes on. */
export interface LearnOptions {
  /** Called with the tokens there are so far. */
  readonly onProgress?: (tokens: number) => void;
  /** Stops the work; it then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Merges from one call of `onProgress` to the next. */
const REPORT_EVERY = 64;

/**
 * The tokens of byte pairs: {@linkcode TEXT_BYTES}, then what merging makes, in the order of the
 * merges. Of pairs that occur equally often the one of the lower ids comes first, so that the
 * order of the pieces plays no part.
 *
 * A pair whose bytes are a token already, or to whose bytes the merges before would not lead, is
 * left out: every token is made in one way, so that encoders which go by the bytes of tokens and
 * such that go by pairs agree.
 *
 * Counts are kept up to date merge by merge, and the places of a pair are known: nothing is read
 * twice.
 *
 * @param pieces Pieces of text, which tokens never cross, with their counts.
 * @param numTokens How many there are to be; fewer if no pair occurs twice any more.
 * @throws The signal's reason.
 */
export function learnBytePairs(
  pieces: CountedPieces,
  numTokens: number,
  { onProgress, signal }: LearnOptions = {},
): Uint8Array<ArrayBuffer>[] {
  const learner = new Learner(pieces);
  while (learner.tokens.length < numTokens && learner.mergeNext()) {
    if (learner.tokens.length % REPORT_EVERY > 0) continue;
    signal?.throwIfAborted();
    onProgress?.(learner.tokens.length);
  }
  return learner.tokens;
}

class Learner {
  readonly tokens: Uint8Array<ArrayBuffer>[] = TEXT_BYTES.map((byte) => Uint8Array.of(byte));
  /** The tokens' bytes, as text of a character each. */
  readonly #known = new Set<string>(this.tokens.map(keyOf));
  /** The token at each place: a byte's, at first. */
  readonly #ids: Int32Array;
  /** The places before and after within the piece, or {@linkcode NOWHERE}. */
  readonly #previous: Int32Array;
  readonly #next: Int32Array;
  /** How often the piece of a place occurs. */
  readonly #weights: Float64Array;
  /** The number of a pair of tokens. */
  readonly #pairs = new PairMap();
  readonly #lefts: number[] = [];
  readonly #rights: number[] = [];
  readonly #counts: number[] = [];
  /** The places of each pair's first token, some of them no longer so. */
  readonly #places: number[][] = [];
  /** The tokens of pairs that were merged. */
  readonly #merged = new PairMap();
  readonly #queue = new MergeQueue();

  constructor({ bytes, ends, counts }: CountedPieces) {
    const ids = new Int32Array(256);
    TEXT_BYTES.forEach((byte, id) => ids[byte] = id);
    this.#ids = Int32Array.from(bytes, (byte) => ids[byte]!);
    this.#previous = new Int32Array(bytes.length);
    this.#next = new Int32Array(bytes.length);
    this.#weights = new Float64Array(bytes.length);
    let start = 0;
    ends.forEach((end, piece) => {
      for (let at = start; at < end; at++) {
        this.#previous[at] = at === start ? NOWHERE : at - 1;
        this.#next[at] = at + 1 === end ? NOWHERE : at + 1;
        this.#weights[at] = counts[piece]!;
      }
      for (let at = start; at + 1 < end; at++) this.#count(at, 1);
      start = end;
    });
    this.#counts.forEach((_, pair) => this.#enqueue(pair));
  }

  /** Makes a token of the next pair; false if there is none. */
  mergeNext(): boolean {
    while (this.#queue.size > 0) {
      const { pair, count, left, right } = this.#queue.pop();
      const now = this.#counts[pair]!;
      // It has become rarer since, and its turn comes later; what became more frequent is queued.
      if (now < count) this.#enqueue(pair);
      if (now !== count || now < LEAST_COUNT) continue;
      if (!this.#isProper(left, right)) continue;
      this.#merge(pair, left, right);
      return true;
    }
    return false;
  }

  /** Whether the bytes of a pair are no token yet, and the merges so far lead to the pair. */
  #isProper(left: number, right: number): boolean {
    const bytes = concat([this.tokens[left]!, this.tokens[right]!]);
    if (this.#known.has(keyOf(bytes))) return false;
    const ids = Array.from(bytes, (byte) => TEXT_BYTES.indexOf(byte));
    for (;;) {
      let [best, at] = [Infinity, -1];
      for (let i = 0; i + 1 < ids.length; i++) {
        const token = this.#merged.get(ids[i]!, ids[i + 1]!);
        if (token !== ABSENT && token < best) [best, at] = [token, i];
      }
      if (at < 0) break;
      ids.splice(at, 2, best);
    }
    return ids.length === 2 && ids[0] === left && ids[1] === right;
  }

  #merge(pair: number, left: number, right: number): void {
    const token = this.tokens.length;
    const bytes = concat([this.tokens[left]!, this.tokens[right]!]);
    this.tokens.push(bytes);
    this.#known.add(keyOf(bytes));
    this.#merged.set(left, right, token);
    const grown = new Set<number>();
    // Of overlapping pairs the first one is merged.
    const places = Int32Array.from(this.#places[pair]!).sort();
    this.#places[pair] = [];
    for (const at of places) {
      const middle = this.#next[at]!;
      if (this.#ids[at] !== left || middle === NOWHERE || this.#ids[middle] !== right) continue;
      const before = this.#previous[at]!;
      const after = this.#next[middle]!;
      this.#count(at, -1);
      if (before !== NOWHERE) this.#count(before, -1);
      if (after !== NOWHERE) this.#count(middle, -1);
      this.#ids[at] = token;
      this.#ids[middle] = MERGED;
      this.#next[at] = after;
      if (after !== NOWHERE) {
        this.#previous[after] = at;
        grown.add(this.#count(at, 1));
      }
      if (before !== NOWHERE) grown.add(this.#count(before, 1));
    }
    for (const each of grown) this.#enqueue(each);
  }

  /** Counts the pair at a place, once more or once less, and returns its number. */
  #count(at: number, sign: 1 | -1): number {
    const [left, right] = [this.#ids[at]!, this.#ids[this.#next[at]!]!];
    let pair = this.#pairs.get(left, right);
    if (pair === ABSENT) {
      pair = this.#counts.push(0) - 1;
      this.#places.push([]);
      this.#lefts.push(left);
      this.#rights.push(right);
      this.#pairs.set(left, right, pair);
    }
    this.#counts[pair]! += sign * this.#weights[at]!;
    if (sign > 0) this.#places[pair]!.push(at);
    return pair;
  }

  #enqueue(pair: number): void {
    const count = this.#counts[pair]!;
    if (count < LEAST_COUNT) return;
    this.#queue.push({ count, pair, left: this.#lefts[pair]!, right: this.#rights[pair]! });
  }
}

function keyOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
