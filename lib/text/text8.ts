/**
 * The text8 tokenizer: one token a character, after the rules of Matt
 * Mahoney's text8 corpus. Text is reduced to the letters a to z and single
 * spaces; digits are spelled out; accents are stripped.
 *
 * @module
 */
import { sha256Hex } from "../system/sha256.ts";
import { CharacterTokenizer, FRAME, LETTERS } from "./character_tokenizer.ts";
import type { PieceEncoder, TokenSink } from "./tokenizer.ts";

/** Raised whenever the same text would give other ids than before. */
const RULES_VERSION = 1;

const VOCABULARY: readonly string[] = [...FRAME, "[PAD]", " ", ...LETTERS];
const PAD = VOCABULARY.indexOf("[PAD]");
const SPACE = VOCABULARY.indexOf(" ");
const LETTER_A = VOCABULARY.indexOf("a");
const CODE_A = "a".charCodeAt(0);
const DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/**
 * Reduces one text, given in pieces, to words of a to z joined by single
 * spaces: accents are stripped (Unicode NFD without its marks), letters
 * lowered, digits spelled out as words of their own, everything else taken for
 * space. There is no space at either end.
 */
export class Text8Normaliser {
  #begun = false;
  #spaceOwed = false;
  #halfPair = "";

  /**
   * Takes the next piece and returns its share of the result. The joined
   * shares do not depend on where the text was cut, not even inside a surrogate
   * pair or between a letter and its accent.
   */
  push(piece: string): string {
    let text = this.#halfPair + piece;
    const last = text.charCodeAt(text.length - 1);
    this.#halfPair = last >= 0xd800 && last <= 0xdbff ? text.slice(-1) : "";
    if (this.#halfPair !== "") text = text.slice(0, -1);
    const spaced = text
      .normalize("NFD")
      .replace(/\p{M}+/gu, "")
      .toLowerCase()
      .replace(/[0-9]/g, (digit) => ` ${DIGITS[Number(digit)]} `)
      .replace(/[^a-z]+/g, " ");
    const words = spaced.trim();
    if (words === "") {
      this.#spaceOwed ||= spaced !== "";
      return "";
    }
    const separated = this.#begun && (this.#spaceOwed || spaced.startsWith(" "));
    this.#begun = true;
    this.#spaceOwed = spaced.endsWith(" ");
    return separated ? " " + words : words;
  }
}

/** The {@linkcode Tokenizer} named `text8`: 30 ids (BOS, EOS, padding, space, a to z). */
export class Text8Tokenizer extends CharacterTokenizer {
  /** The name that configurations use. */
  readonly name = "text8";
  /** The padding id; packed blocks never hold it. */
  readonly padId: number = PAD;

  /** Makes the tokenizer (asynchronous because the fingerprint is). */
  static async create(): Promise<Text8Tokenizer> {
    const described = JSON.stringify(["text8", RULES_VERSION, VOCABULARY]);
    return new Text8Tokenizer(VOCABULARY, await sha256Hex(described));
  }

  /** The text reduced by {@linkcode Text8Normaliser}. */
  normalise(text: string): string {
    return new Text8Normaliser().push(text);
  }

  /** Adds the ids of a whole text to `ids`. */
  encodeInto(text: string, ids: TokenSink): void {
    addIds(this.normalise(text), ids);
  }

  /** An encoder for texts that arrive in pieces; it never holds ids back. */
  encoder(): PieceEncoder {
    let normaliser = new Text8Normaliser();
    return {
      push: (piece) => {
        const ids: number[] = [];
        addIds(normaliser.push(piece), ids);
        return ids;
      },
      finish: () => {
        normaliser = new Text8Normaliser();
        return [];
      },
    };
  }
}

function addIds(normal: string, ids: TokenSink): void {
  for (let i = 0; i < normal.length; i++) {
    const code = normal.charCodeAt(i);
    ids.push(code < CODE_A ? SPACE : code - CODE_A + LETTER_A);
  }
}
