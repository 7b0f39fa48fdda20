/**
 * Byte pairs without merging: the one sequence of tokens of which every two neighbours fit.
 *
 * @module
 */

import type { ByteVocabulary } from "./byte_vocabulary.ts";
import { ABSENT, PairMap } from "./pair_map.ts";
import { ROOT, TokenTree } from "./token_tree.ts";
import type { Utf8Text } from "./utf8_buffer.ts";

/** Pairs of tokens that are remembered; all are forgotten when there are more. */
const MOST_PAIRS = 1 << 18;

/**
 * Finds the tokens of long texts, some three times as fast as merging does.
 *
 * Tokens are those of a text if and only if every two neighbours are the tokens of the text that
 * they make: were any merged across their border, the first such merge would join what the merges
 * within the two have made, and so would happen in a text of these two alone. Hence every beginning
 * of a text has but one such sequence, and a place that one leads to and none leads on from is no
 * border of tokens.
 */
export class TokenSearch {
  readonly #tree = new TokenTree();
  readonly #vocabulary: ByteVocabulary;
  readonly #areTokens: (left: number, right: number) => boolean;
  /** Whether pairs fit, 0 or 1. */
  #known = new PairMap();
  /** Tokens that begin at a place, the shortest first. */
  readonly #ids: Int32Array;
  /** Where they end. */
  readonly #ends: Int32Array;

  /**
   * Makes a search among these tokens.
   *
   * @param areTokens Whether the text of two tokens is made of these two.
   */
  constructor(vocabulary: ByteVocabulary, areTokens: (left: number, right: number) => boolean) {
    this.#vocabulary = vocabulary;
    let longest = 0;
    for (let id = 0; id < vocabulary.size; id++) {
      const bytes = vocabulary.bytesOf(id);
      this.#tree.add(ROOT, bytes, id);
      longest = Math.max(longest, bytes.length);
    }
    this.#ids = new Int32Array(longest);
    this.#ends = new Int32Array(longest);
    this.#areTokens = areTokens;
  }

  /** The number of bytes of a token. */
  sizeOf(id: number): number {
    return this.#vocabulary.bytesOf(id).length;
  }

  /** Whether the text of two tokens is made of these two. */
  fits(left: number, right: number): boolean {
    const known = this.#known.get(left, right);
    if (known !== ABSENT) return known === 1;
    if (this.#known.size === MOST_PAIRS) this.#known = new PairMap();
    const fits = this.#areTokens(left, right);
    this.#known.set(left, right, Number(fits));
    return fits;
  }

  /** The ids from `from` to `to` of a text, as if this were a piece. */
  encode(text: Utf8Text, from: number, to: number): number[] {
    const ids: number[] = [];
    const starts: number[] = [];
    /** Places that are no borders, by their distance from `from`. */
    const dead = new Uint8Array(to - from + 1);
    let last = ABSENT;
    let at = from;
    let most = to;
    while (at < to) {
      const number = this.#findTokens(text, at, most);
      let i = number - 1;
      while (i >= 0 && (dead[this.#ends[i]! - from] === 1 || !this.#follows(last, i))) i--;
      if (i >= 0) {
        last = this.#ids[i]!;
        ids.push(last);
        starts.push(at);
        at = this.#ends[i]!;
        most = to;
      } else {
        if (starts.length === 0) throw new Error("Not every byte is a token.");
        dead[at - from] = 1;
        // Another token, a shorter one, instead of the last.
        most = at - 1;
        ids.pop();
        last = ids.at(-1) ?? ABSENT;
        at = starts.pop()!;
      }
    }
    return ids;
  }

  /** Finds the tokens that begin at `at` and end at `most` at the latest; returns their number. */
  #findTokens(text: Utf8Text, at: number, most: number): number {
    let number = 0;
    let node = ROOT;
    for (let i = at; i < most; i++) {
      node = this.#tree.follow(node, text.getUint8(i));
      if (node === ABSENT) break;
      const id = this.#tree.idAt(node);
      if (id === ABSENT) continue;
      this.#ids[number] = id;
      this.#ends[number++] = i + 1;
    }
    return number;
  }

  /** Whether the i-th token that was found fits the last one, if there is a last one. */
  #follows(last: number, i: number): boolean {
    return last === ABSENT || this.fits(last, this.#ids[i]!);
  }
}
