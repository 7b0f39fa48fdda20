/**
 * The tokenizer of the `letters` data set: the letters a to z and nothing else.
 *
 * @module
 */
import { sha256Hex } from "../system/sha256.ts";
import { CharacterTokenizer, FRAME, LETTERS } from "./character_tokenizer.ts";
import type { PieceEncoder, TokenSink } from "./tokenizer.ts";

/** Raised whenever the same text would give other ids than before. */
const RULES_VERSION = 1;

const VOCABULARY: readonly string[] = [...FRAME, ...LETTERS];
const LETTER_A = VOCABULARY.indexOf("a");
const CODE_A = "a".charCodeAt(0);

/** The {@linkcode Tokenizer} named `letters`: 28 ids (BOS, EOS, a to z). */
export class LettersTokenizer extends CharacterTokenizer {
  /** The name that configurations use. */
  readonly name = "letters";
  /** There is no padding. */
  readonly padId = null;

  /** Makes the tokenizer (asynchronous because the fingerprint is). */
  static async create(): Promise<LettersTokenizer> {
    const described = JSON.stringify(["letters", RULES_VERSION, VOCABULARY]);
    return new LettersTokenizer(VOCABULARY, await sha256Hex(described));
  }

  /** The letters A to Z and a to z of a text in lower case, without all else. */
  normalise(text: string): string {
    return text.replace(/[^A-Za-z]/g, "").toLowerCase();
  }

  /** Adds the ids of a whole text to `ids`. */
  encodeInto(text: string, ids: TokenSink): void {
    for (const letter of this.normalise(text)) ids.push(letter.charCodeAt(0) - CODE_A + LETTER_A);
  }

  /** An encoder for texts that arrive in pieces; it never holds ids back. */
  encoder(): PieceEncoder {
    return { push: (piece) => this.encode(piece), finish: () => [] };
  }
}
