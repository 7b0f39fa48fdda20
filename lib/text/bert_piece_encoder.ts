/**
 * BERT's tokens of a text that arrives in pieces.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { type WordRules, WordSeams, wordsOf } from "./bert_words.ts";
import type { PieceEncoder } from "./tokenizer.ts";

/** UTF-16 units that are held back of a word, until it is looked at whether it is too long. */
const HELD_UNITS = 1 << 16;
/** Units that may be held back because hardly any of them count. */
const MOST_HELD_UNITS = 1 << 22;

/** What {@linkcode BertPieceEncoder} needs to know of the tokenizer. */
export interface BertEncoding {
  /** The ids of a whole text. */
  encode(text: string): number[];
  /** How texts are split into words. */
  rules: WordRules;
  /** Longer words, in characters, are unknown. */
  maxWordLength: number;
  /** The id of unknown words. */
  unknownId: number;
}

/**
 * Holds back a text behind the last place where a word must end: beside a blank, a punctuation mark
 * or an ideograph. Of a word that is too long to be known nothing is held back.
 */
export class BertPieceEncoder implements PieceEncoder {
  readonly #encoding: BertEncoding;
  readonly #seams: WordSeams;
  #held = "";
  /** Whether the word in which the text goes on has its id, that of unknown words. */
  #isUnknown = false;

  /** Makes an encoder of these rules. */
  constructor(encoding: BertEncoding) {
    this.#encoding = encoding;
    this.#seams = new WordSeams(encoding.rules);
  }

  /** Takes the next piece and returns the ids that are certain by now. */
  push(piece: string): number[] {
    const seams = this.#seams;
    const before = this.#held.length;
    let text = this.#held + piece;
    if (this.#isUnknown) {
      // Half of a pair that is complete now may have been the last.
      const end = seams.first(text, before - 1);
      if (end === -1) {
        // The last character, or what there is of it, tells whether a word ends behind it.
        this.#held = text.slice(-2);
        return [];
      }
      text = text.slice(end);
      this.#isUnknown = false;
    }
    const cut = Math.max(0, seams.last(text, Math.max(0, text.length - piece.length)));
    const ids = this.#encoding.encode(text.slice(0, cut));
    this.#held = text.slice(cut);
    if (this.#held.length > HELD_UNITS) this.#giveUpWord(ids);
    return ids;
  }

  /** Ends the text: returns the ids held back. */
  finish(): number[] {
    const ids = this.#isUnknown ? [] : this.#encoding.encode(this.#held);
    this.#held = "";
    this.#isUnknown = false;
    return ids;
  }

  /** Gives what is held back, part of one word, the id of unknown words if it is too long. */
  #giveUpWord(ids: number[]): void {
    const { rules, maxWordLength, unknownId } = this.#encoding;
    const [word = ""] = wordsOf(this.#held, rules);
    if ([...word].length > maxWordLength) {
      ids.push(unknownId);
      this.#isUnknown = true;
      this.#held = this.#held.slice(-2);
    } else if (this.#held.length > MOST_HELD_UNITS) {
      throw new DataError(
        `has more than ${MOST_HELD_UNITS} characters in a row without a blank, of which the ` +
          `tokenizer bert-base-uncased sees ${[...word].length}. Leave the text out.`,
      );
    }
  }
}
