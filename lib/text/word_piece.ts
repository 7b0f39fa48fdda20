/**
 * WordPiece: the longest beginning of a word that is a token, then the longest continuation, and
 * so on.
 *
 * @module
 */

import type { TokenSink } from "./tokenizer.ts";
import type { Utf8Text } from "./utf8_buffer.ts";
import { WordTable } from "./word_table.ts";

/** What a token begins with that continues a word. */
export const CONTINUATION = "##";

/** Longer words, in characters, are unknown. */
const MAX_WORD_LENGTH = 100;

/** Turns words into token ids. */
export class WordPiece {
  readonly #beginnings = new Map<string, number>();
  readonly #continuations = new Map<string, number>();
  readonly #unknown: number;
  readonly #longest: number;
  readonly #remembered: WordTable;

  /**
   * Makes the encoder of a vocabulary.
   *
   * @param tokens The tokens by id.
   * @param unknown The id of words that cannot be made of tokens.
   */
  constructor(tokens: readonly string[], unknown: number) {
    tokens.forEach((token, id) => {
      if (!token.startsWith(CONTINUATION)) this.#beginnings.set(token, id);
      else this.#continuations.set(token.slice(CONTINUATION.length), id);
    });
    this.#longest = tokens.reduce((longest, { length }) => Math.max(longest, length), 0);
    this.#unknown = unknown;
    const decoder = new TextDecoder();
    this.#remembered = new WordTable((word) => this.#split(decoder.decode(word).toLowerCase()));
  }

  /**
   * Adds the ids of the word from `start` to `end` of `text` to `ids`; capitals of ASCII count as
   * small letters.
   */
  encodeInto(text: Utf8Text, start: number, end: number, ids: TokenSink): void {
    this.#remembered.encodeInto(text, start, end, ids);
  }

  #split(word: string): readonly number[] {
    if (word.length > MAX_WORD_LENGTH && countCharacters(word) > MAX_WORD_LENGTH) {
      return [this.#unknown];
    }
    const ids: number[] = [];
    for (let start = 0; start < word.length;) {
      const tokens = start === 0 ? this.#beginnings : this.#continuations;
      let end = Math.min(word.length, start + this.#longest);
      let id: number | undefined;
      for (; end > start; end--) {
        id = tokens.get(word.slice(start, end));
        if (id !== undefined) break;
      }
      if (id === undefined) return [this.#unknown];
      ids.push(id);
      start = end;
    }
    return ids;
  }
}

/** The code points of a text. */
function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
