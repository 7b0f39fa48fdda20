/**
 * Pieces of byte pairs that are longer than memory: their tokens from the beginning on, while the
 * end is not known.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { NO_TOKEN } from "./byte_vocabulary.ts";
import type { TokenSearch } from "./token_search.ts";
import type { TokenSink } from "./tokenizer.ts";
import type { Utf8Text } from "./utf8_buffer.ts";

/** Tokens at the end of what is known that wait for what follows, which may change them. */
const KEPT_TOKENS = 64;

/**
 * The tokens of a piece that arrives part by part. Each part is tokenized by itself; that the
 * tokens fit where parts meet makes them those of the whole piece, see {@linkcode TokenSearch}.
 */
export class OpenPiece {
  readonly #search: TokenSearch;
  /** The last token that was given. */
  #last = NO_TOKEN;

  /** Begins with nothing. */
  constructor(search: TokenSearch) {
    this.#search = search;
  }

  /**
   * Adds the ids from `from` on to `ids`, but for the last ones before `to`.
   *
   * @returns Where those begin that were not added; the next part must begin there.
   * @throws {DataError} if what was added before was wrong.
   */
  extend(text: Utf8Text, from: number, to: number, ids: TokenSink): number {
    const found = this.#encode(text, from, to);
    const given = Math.max(0, found.length - KEPT_TOKENS);
    for (let i = 0; i < given; i++) ids.push(found[i]!);
    if (given > 0) this.#last = found[given - 1]!;
    return found.slice(given).reduce((at, id) => at - this.#search.sizeOf(id), to);
  }

  /** Adds the ids from `from` to `to`, where the piece ends. @throws {DataError} as `extend`. */
  end(text: Utf8Text, from: number, to: number, ids: TokenSink): void {
    for (const id of this.#encode(text, from, to)) ids.push(id);
  }

  #encode(text: Utf8Text, from: number, to: number): readonly number[] {
    const found = this.#search.encode(text, from, to);
    if (this.#last === NO_TOKEN || found.length === 0) return found;
    if (this.#search.fits(this.#last, found[0]!)) return found;
    throw new DataError(
      `has a word so long that it must be tokenized in parts, and so regular that there is no ` +
        `place to cut it. Put blanks into it, or leave the text out.`,
    );
  }
}
