/**
 * Pieces of byte pairs that are longer than memory: their tokens from the beginning on, while the
 * end is not known.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { NO_TOKEN } from "./byte_vocabulary.ts";
import type { TokenSink } from "./tokenizer.ts";
import type { Utf8Text } from "./utf8_buffer.ts";

/** Tokens at the end of what is known that wait for what follows, which may change them. */
const KEPT_TOKENS = 64;

/** What is asked of the encoder of byte pairs. */
export interface Merger {
  /** The ids from `from` to `to` of a text, as if this were a piece. */
  merge(text: Utf8Text, from: number, to: number): readonly number[];
  /** Whether a text of these two tokens is made of these two. */
  areTokens(left: number, right: number): boolean;
  /** The bytes of a token. */
  bytesOf(id: number): Uint8Array;
}

/**
 * The tokens of a piece that arrives part by part.
 *
 * Tokens are those of a text if and only if every two neighbours are the tokens of the text that
 * they make: were any merged across their border, the first such merge would join what the merges
 * within the two have made, and so would happen in a text of these two alone. So parts may be
 * merged by themselves if their tokens fit where they meet.
 */
export class OpenPiece {
  readonly #merger: Merger;
  /** The last token that was given. */
  #last = NO_TOKEN;

  /** Begins with nothing. */
  constructor(merger: Merger) {
    this.#merger = merger;
  }

  /**
   * Adds the ids from `from` on to `ids`, but for the last ones before `to`.
   *
   * @returns Where those begin that were not added; the next part must begin there.
   * @throws {DataError} if what was added before was wrong.
   */
  extend(text: Utf8Text, from: number, to: number, ids: TokenSink): number {
    const merged = this.#merge(text, from, to);
    const given = Math.max(0, merged.length - KEPT_TOKENS);
    for (let i = 0; i < given; i++) ids.push(merged[i]!);
    if (given > 0) this.#last = merged[given - 1]!;
    return merged.slice(given).reduce((at, id) => at - this.#merger.bytesOf(id).length, to);
  }

  /** Adds the ids from `from` to `to`, where the piece ends. @throws {DataError} as `extend`. */
  end(text: Utf8Text, from: number, to: number, ids: TokenSink): void {
    for (const id of this.#merge(text, from, to)) ids.push(id);
  }

  #merge(text: Utf8Text, from: number, to: number): readonly number[] {
    const merged = this.#merger.merge(text, from, to);
    if (this.#last === NO_TOKEN || merged.length === 0) return merged;
    if (this.#merger.areTokens(this.#last, merged[0]!)) return merged;
    throw new DataError(
      `has a word so long that it must be tokenized in parts, and so regular that there is no ` +
        `place to cut it. Put blanks into it, or leave the text out.`,
    );
  }
}
