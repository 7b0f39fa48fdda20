/**
 * WordPiece: the longest beginning of a word that is a token, then the longest continuation, and
 * so on.
 *
 * @module
 */

import { ABSENT, PairMap } from "./pair_map.ts";
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

/** The nodes of the tree of tokens with which beginnings and continuations start. */
const BEGINNINGS = 0;
const CONTINUATIONS = 1;

const ENCODER = new TextEncoder();

const CODE_A = "A".charCodeAt(0);
const CODE_Z = "Z".charCodeAt(0);
const TO_LOWER = "a".charCodeAt(0) - CODE_A;

/** Turns words into token ids. */
export class WordPiece {
  /** The tree of the tokens' bytes: the node that follows a node by a byte. */
  readonly #nodes = new PairMap();
  /** The token that ends at each node, or `ABSENT`. */
  readonly #ids: number[] = [ABSENT, ABSENT];
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
      this.#add(BEGINNINGS, token, id);
      if (token.startsWith(continuation)) {
        this.#add(CONTINUATIONS, token.slice(continuation.length), id);
      }
    });
  }

  /** Adds the ids of the word from `start` to `end` of `text` to `ids`. */
  encodeInto(text: Utf8Text, start: number, end: number, ids: TokenSink): void {
    this.#remembered.encodeInto(text, start, end, ids);
  }

  /** Adds a token to the tree, below one of its roots. */
  #add(root: number, text: string, id: number): void {
    let node = root;
    for (const byte of ENCODER.encode(text)) node = this.#grow(node, byte);
    this.#ids[node] = id;
  }

  /** The node that follows a node by a byte, made if there is none. */
  #grow(node: number, byte: number): number {
    const known = this.#nodes.get(node, byte);
    if (known !== ABSENT) return known;
    const added = this.#ids.push(ABSENT) - 1;
    this.#nodes.set(node, byte, added);
    return added;
  }

  #split(text: Utf8Text, start: number, end: number): readonly number[] {
    if (countCharacters(text, start, end) > this.#maxLength) return this.#unknown;
    const ids: number[] = [];
    for (let at = start; at < end;) {
      let node = at === start ? BEGINNINGS : CONTINUATIONS;
      let id = ABSENT;
      let idEnd = at;
      for (let i = at; i < end; i++) {
        const byte = text.getUint8(i);
        node = this.#nodes.get(node, this.#lowercase ? lowered(byte) : byte);
        if (node === ABSENT) break;
        if (this.#ids[node] === ABSENT) continue;
        id = this.#ids[node]!;
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
