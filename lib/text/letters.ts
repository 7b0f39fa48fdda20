/**
 * The tokenizer of the `letters` data set: the letters a to z and nothing else.
 *
 * @module
 */
import { BaseTokenizer } from "./base_tokenizer.ts";
import { sha256Hex } from "../system/sha256.ts";
import type { PieceEncoder, TokenSink } from "./tokenizer.ts";

/** Raised whenever the same text would give other ids than before. */
const RULES_VERSION = 1;

const BOS = 0;
const EOS = 1;
const LETTER_A = 2;
const CODE_A = "a".charCodeAt(0);
const VOCABULARY: readonly string[] = ["[BOS]", "[EOS]", ..."abcdefghijklmnopqrstuvwxyz"];

/** The {@linkcode Tokenizer} named `letters`: 28 ids (BOS, EOS, a to z). */
export class LettersTokenizer extends BaseTokenizer {
  /** The name that configurations use. */
  readonly name = "letters";
  /** A token is a character. */
  readonly unit = "character";
  /** The number of ids. */
  readonly vocabSize: number = VOCABULARY.length;
  /** The id that begins every block, unless blocks are `unwrapped`. */
  readonly bosId: number = BOS;
  /** The id that ends every text and every block, unless blocks are `unwrapped`. */
  readonly eosId: number = EOS;
  /** There is no padding. */
  readonly padId = null;
  /** What has no token is left out. */
  readonly unknownId = null;
  /** The name says which vocabulary it is. */
  readonly vocabulary = null;
  /** SHA-256 (hex) of name, vocabulary and rules. */
  readonly fingerprint: string;

  private constructor(fingerprint: string) {
    super();
    this.fingerprint = fingerprint;
  }

  /** Makes the tokenizer (asynchronous because the fingerprint is). */
  static async create(): Promise<LettersTokenizer> {
    const described = JSON.stringify(["letters", RULES_VERSION, VOCABULARY]);
    return new LettersTokenizer(await sha256Hex(described));
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

  /** The letters of the ids. */
  protected textOf(ids: readonly number[]): string {
    return ids.map((id) => VOCABULARY[id]).join("");
  }
}
