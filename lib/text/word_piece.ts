/**
 * WordPiece: the longest beginning of a word that is a token, then the longest continuation, and
 * so on.
 *
 * @module
 */

import { ABSENT } from "./pair_map.ts";
import { ROOT, TokenTree } from "./token_tree.ts";
import type { TokenSink } from "./tokenizer.ts";
import type { Utf8Text } from "./utf8_buffer.ts";
import { WordTable } from "./word_table.ts";

/** What decides the tokens of a word, besides the vocabulary. */
export interface WordPieceRules {
  /** The token of words that cannot be made of tokens. */
  readonly unknown: string;
  /** What a token begins with that continues a word. */
  readonly continuation: string;
  /** Longer words, in characters, are unknown. */
  readonly maxWordLength: number;
}

const ENCODER = new TextEncoder();

const CODE_A = "A".charCodeAt(0);
const CODE_Z = "Z".charCodeAt(0);
const TO_LOWER = "a".charCodeAt(0) - CODE_A;

/** Turns words into token ids. */
export class WordPiece {
  readonly #tree = new TokenTree();
  /** The root of what continues words. */
  readonly #continuations = this.#tree.addRoot();
  readonly #unknown: readonly number[];
  readonly #maxLength: number;
  readonly #lowercase: boolean;
  readonly #remembered = new WordTable((text, start, end) => this.#split(text, start, end));

  /**
   * Makes the encoder of a vocabulary.
   *
   * @param tokens The tokens by id.
   * @param lowercase Whether capitals of ASCII count as small letters.
   */
  constructor(tokens: readonly string[], rules: WordPieceRules, lowercase: boolean) {
    const { unknown, continuation, maxWordLength } = rules;
    this.#unknown = [tokens.indexOf(unknown)];
    this.#maxLength = maxWordLength;
    this.#lowercase = lowercase;
    tokens.forEach((token, id) => {
      this.#tree.add(ROOT, ENCODER.encode(token), id);
      if (token.startsWith(continuation)) {
        const rest = ENCODER.encode(token.slice(continuation.length));
        this.#tree.add(this.#continuations, rest, id);
      }
    });
  }

  /** Adds the ids of the word from `start` to `end` of `text` to `ids`. */
  encodeInto(text: Utf8Text, start: number, end: number, ids: TokenSink): void {
    this.#remembered.encodeInto(text, start, end, ids);
  }

  #split(text: Utf8Text, start: number, end: number): readonly number[] {
    if (countCharacters(text, start, end) > this.#maxLength) return this.#unknown;
    const ids: number[] = [];
    for (let at = start; at < end;) {
      let node = at === start ? ROOT : this.#continuations;
      let id = ABSENT;
      let idEnd = at;
      for (let i = at; i < end; i++) {
        const byte = text.getUint8(i);
        node = this.#tree.follow(node, this.#lowercase ? lowered(byte) : byte);
        if (node === ABSENT) break;
        const found = this.#tree.idAt(node);
        if (found === ABSENT) continue;
        id = found;
        idEnd = i + 1;
      }
      if (id === ABSENT) return this.#unknown;
      ids.push(id);
      at = idEnd;
    }
    return ids;
  }
}

function lowered(byte: number): number {
  return byte >= CODE_A && byte <= CODE_Z ? byte + TO_LOWER : byte;
}

/** The characters from `start` to `end`: their first bytes. */
function countCharacters(text: Utf8Text, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) if ((text.getUint8(i) & 0xc0) !== 0x80) count++;
  return count;
}
