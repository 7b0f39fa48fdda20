/**
 * What tokenizers of byte-level byte pairs do alike, whatever their vocabulary.
 *
 * @module
 */

import { concat } from "../system/concat.ts";
import { BaseTokenizer } from "./base_tokenizer.ts";
import { bytesOfToken } from "./byte_alphabet.ts";
import { BytePairs } from "./byte_pairs.ts";
import { Gpt2PieceEncoder } from "./gpt2_piece_encoder.ts";
import { pieceEnd } from "./gpt2_pieces.ts";
import type { PieceEncoder, TokenSink } from "./tokenizer.ts";
import { Utf8Buffer } from "./utf8_buffer.ts";

/** The specials, in the order of their ids, which follow those of the tokens of text. */
export const BYTE_PAIR_SPECIALS: readonly [eos: string, pad: string] = ["<|endoftext|>", "[PAD]"];

/**
 * A {@linkcode Tokenizer} of byte pairs, with GPT-2's pattern for what tokens never cross. The
 * tokens of text are followed by `<|endoftext|>`, which is BOS and EOS, and `[PAD]`. Text never
 * gives specials: a text with the words `<|endoftext|>` in it gets the ids of these characters.
 */
export abstract class BytePairTokenizer extends BaseTokenizer {
  /** A token is a run of bytes. */
  readonly unit = "bytes";
  /** The number of ids. */
  readonly vocabSize: number;
  /** `<|endoftext|>`, which begins every block. */
  readonly bosId: number;
  /** `<|endoftext|>`, which ends every text and every block. */
  readonly eosId: number;
  /** `[PAD]`; packed blocks never hold it. */
  readonly padId: number;
  /** Every text has tokens. */
  readonly unknownId = null;
  /** SHA-256 (hex) of name, vocabulary and rules. */
  readonly fingerprint: string;
  readonly #pairs: BytePairs;
  readonly #utf8 = new Utf8Buffer();

  /**
   * Makes the tokenizer.
   *
   * @param tokens The tokens of text in GPT-2's byte-level alphabet, as {@linkcode BytePairs} takes
   * them.
   */
  protected constructor(tokens: readonly string[], fingerprint: string) {
    super();
    this.vocabSize = tokens.length + BYTE_PAIR_SPECIALS.length;
    this.bosId = this.eosId = tokens.length;
    this.padId = tokens.length + 1;
    this.fingerprint = fingerprint;
    this.#pairs = new BytePairs(tokens.values().map(bytesOfToken));
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
    const bytes = concat(ids.map((id) => this.#pairs.bytesOf(id)));
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  }
}
