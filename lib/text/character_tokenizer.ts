/**
 * What tokenizers have in common whose tokens are the characters of a small alphabet.
 *
 * @module
 */

import { BaseTokenizer } from "./base_tokenizer.ts";

/** The first tokens of every vocabulary: those that begin and end a block. */
export const FRAME: readonly string[] = ["[BOS]", "[EOS]"];

/** The 26 letters. */
export const LETTERS: readonly string[] = [..."abcdefghijklmnopqrstuvwxyz"];

/** A {@linkcode Tokenizer} whose vocabulary is {@linkcode FRAME}, other specials and characters. */
export abstract class CharacterTokenizer extends BaseTokenizer {
  /** A token is a character. */
  readonly unit = "character";
  /** The number of ids. */
  readonly vocabSize: number;
  /** The id that begins every block, unless blocks are `unwrapped`. */
  readonly bosId: number = 0;
  /** The id that ends every text and every block, unless blocks are `unwrapped`. */
  readonly eosId: number = 1;
  /** What has no token becomes another character or none. */
  readonly unknownId = null;
  /** The name says which vocabulary it is. */
  readonly vocabulary = null;
  /** SHA-256 (hex) of name, vocabulary and rules. */
  readonly fingerprint: string;
  readonly #tokens: readonly string[];

  /** A tokenizer of some tokens in the order of their ids. */
  protected constructor(tokens: readonly string[], fingerprint: string) {
    super();
    this.vocabSize = tokens.length;
    this.fingerprint = fingerprint;
    this.#tokens = tokens;
  }

  /** The characters of the ids. */
  protected textOf(ids: readonly number[]): string {
    return ids.map((id) => this.#tokens[id]).join("");
  }
}
