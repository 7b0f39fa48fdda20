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

/** What a token begins with that continues a word. */
export const CONTINUATION = "##";

/** Longer words, in characters, are unknown. */
const MAX_WORD_LENGTH = 100;

/** The nodes of the tree of tokens with which beginnings and continuations start. */
const BEGINNINGS = 0;
const CONTINUATIONS = 1;

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
  readonly #remembered = new WordTable((text, start, end) => this.#split(text, start, end));

  /**
   * Makes the encoder of a vocabulary.
   *
   * @param tokens The tokens by id.
   * @param unknown The id of words that cannot be made of tokens.
   */
  constructor(tokens: readonly string[], unknown: number) {
    this.#unknown = [unknown];
    const encoder = new TextEncoder();
    tokens.forEach((token, id) => {
      const continues = token.startsWith(CONTINUATION);
      let node = continues ? CONTINUATIONS : BEGINNINGS;
      const text = continues ? token.slice(CONTINUATION.length) : token;
      for (const byte of encoder.encode(text)) node = this.#grow(node, byte);
      this.#ids[node] = id;
    });
  }

  /**
   * Adds the ids of the word from `start` to `end` of `text` to `ids`; capitals of ASCII count as
   * small letters.
   */
  encodeInto(text: Utf8Text, start: number, end: number, ids: TokenSink): void {
    this.#remembered.encodeInto(text, start, end, ids);
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
    if (countCharacters(text, start, end) > MAX_WORD_LENGTH) return this.#unknown;
    const ids: number[] = [];
    for (let at = start; at < end;) {
      let node = at === start ? BEGINNINGS : CONTINUATIONS;
      let id = ABSENT;
      let idEnd = at;
      for (let i = at; i < end; i++) {
        node = this.#nodes.get(node, lowered(text.getUint8(i)));
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
