/**
 * The words that BERT splits a text into before WordPiece, as Hugging Face's fast tokenizer does:
 * controls are removed, each CJK character is a word, accents are stripped, letters lowered one by
 * one, unless its rules say otherwise; and each punctuation mark is a word.
 *
 * @module
 */

import { utf8Of, type Utf8Text } from "./utf8_buffer.ts";

/** All that is removed: controls, formats, private use, halves of pairs; NUL is a control. */
const REMOVED = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\ufffd]+/gu;
const CJK =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b820}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;
/** Marks as Unicode has them, and the symbols of ASCII. */
const WORDS = /[\p{P}$+<=>^`|~]|[^\p{P}$+<=>^`|~\p{White_Space}]+/gu;
/** Texts that begin and end with a mark or blank. */
const SEPARATE = /^[\p{P}$+<=>^`|~\p{White_Space}](?:.*[\p{P}$+<=>^`|~\p{White_Space}])?$/su;

/** How a text is split into words: the options of Hugging Face's `BertNormalizer`. */
export interface WordRules {
  /** Whether controls are removed (`clean_text`). */
  readonly cleanText: boolean;
  /** Whether each CJK character is a word (`handle_chinese_chars`). */
  readonly splitIdeographs: boolean;
  /** Whether accents are removed (`strip_accents`). */
  readonly stripAccents: boolean;
  /** Whether letters are lowered (`lowercase`). */
  readonly lowercase: boolean;
}

/** The rules of bert-base-uncased. */
export const UNCASED_WORDS: WordRules = {
  cleanText: true,
  splitIdeographs: true,
  stripAccents: true,
  lowercase: true,
};

/** The words of any text. */
export function wordsOf(text: string, rules: WordRules): readonly string[] {
  return normalised(text, rules).match(WORDS) ?? [];
}

function normalised(text: string, rules: WordRules): string {
  if (rules.cleanText) text = text.replace(/[\t\n\r]/g, " ").replace(REMOVED, "");
  if (rules.splitIdeographs) text = text.replace(CJK, " $& ");
  if (rules.stripAccents) text = text.normalize("NFD").replace(/\p{Mn}+/gu, "");
  // A sigma at the end of a word is lowered like any other.
  return rules.lowercase ? text.replaceAll("Σ", "σ").toLowerCase() : text;
}

const BLANK = 0;
const MARK = 1;
const ALPHANUMERIC = 2;
/** A control, or part of a character that is not ASCII. */
const HARD = 3;

/** The kind of every byte of UTF-8. */
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (/[ \t\n\r]/.test(character)) return BLANK;
  if (/[A-Za-z0-9]/.test(character)) return ALPHANUMERIC;
  return /[!-~]/.test(character) ? MARK : HARD;
});

/** Takes the word from `start` to `end` of a text. */
export type TakeWord = (text: Utf8Text, start: number, end: number) => void;

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Calls `take` with each word of a text. Words of ASCII are given as they are written, in
 * capitals or not; others are normalised.
 */
export function forEachWord(text: Utf8Text, rules: WordRules, take: TakeWord): void {
  const length = text.byteLength;
  for (let at = 0; at < length;) {
    const start = at;
    let kind = KINDS[text.getUint8(at)]!;
    while (kind === ALPHANUMERIC) kind = ++at < length ? KINDS[text.getUint8(at)]! : BLANK;
    if (kind === HARD) {
      // What is joined to it may be changed or split by it: all up to the next blank.
      while (at < length && KINDS[text.getUint8(at)] !== BLANK) at++;
      for (
        const word of wordsOf(
          DECODER.decode(new DataView(text.buffer, text.byteOffset + start, at - start)),
          rules,
        )
      ) {
        const bytes = utf8Of(word);
        take(bytes, 0, bytes.byteLength);
      }
      continue;
    }
    if (at > start) take(text, start, at);
    if (kind === MARK) take(text, at, at + 1);
    at++;
  }
}

/** Finds places where a text may be cut: its words are those of both parts. */
export class WordSeams {
  readonly #rules: WordRules;
  /** Whether a character stands by itself, for all that were seen: 1 for no, 2 for yes. */
  readonly #seen = new Uint8Array(0x10000);

  /** The places of texts that are split by these rules. */
  constructor(rules: WordRules) {
    this.#rules = rules;
  }

  /** The first such place behind the first character, at `from` or later; −1 if there is none. */
  first(text: string, from: number): number {
    for (let at = Math.max(1, from); at < text.length; at++) if (this.#isSeam(text, at)) return at;
    return -1;
  }

  /** The last such place, at `from` or later, behind the first character; −1 if there is none. */
  last(text: string, from: number): number {
    for (let at = text.length - 1; at >= Math.max(1, from); at--) {
      if (this.#isSeam(text, at)) return at;
    }
    return -1;
  }

  #isSeam(text: string, at: number): boolean {
    const next = text.codePointAt(at)!;
    const isInPair = isLowHalf(next) && text.codePointAt(at - 1)! > 0xffff;
    if (isInPair) return false;
    const pair = at > 1 ? text.codePointAt(at - 2)! : 0;
    return this.#isSeparate(next) ||
      this.#isSeparate(pair > 0xffff ? pair : text.charCodeAt(at - 1));
  }

  /** Whether words end before and behind a character, whatever its neighbours are. */
  #isSeparate(code: number): boolean {
    if (code >= this.#seen.length) return this.#separates(code);
    return (this.#seen[code] ||= this.#separates(code) ? 2 : 1) === 2;
  }

  #separates(code: number): boolean {
    return SEPARATE.test(normalised(String.fromCodePoint(code), this.#rules));
  }
}

function isLowHalf(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
