/**
 * The tokenizer whose byte pairs were learned from a corpus.
 *
 * @module
 */

import { sha256Hex } from "../system/sha256.ts";
import { tokenOfBytes } from "./byte_alphabet.ts";
import { BYTE_PAIR_SPECIALS, BytePairTokenizer } from "./byte_pair_tokenizer.ts";
import { formatTokenizer, readBpeVocabulary } from "./bpe_vocabulary.ts";
import { learnBytePairs, type LearnOptions } from "./learn_byte_pairs.ts";
import type { CountedPieces } from "./piece_counts.ts";
import type { VocabularyFile } from "./tokenizer_file.ts";

/** Raised whenever the same text would give other ids than before. */
const RULES_VERSION = 1;

/**
 * The {@linkcode Tokenizer} named `bpe`, with GPT-2's cutting and specials, but tokens of its own.
 */
export class BpeTokenizer extends BytePairTokenizer {
  /** The name that configurations use. */
  readonly name = "bpe";
  /** A `tokenizer.json`, as Hugging Face's libraries read it. */
  readonly vocabulary: string;

  private constructor(tokens: readonly string[], fingerprint: string) {
    super(tokens, fingerprint);
    this.vocabulary = formatTokenizer(tokens);
  }

  /**
   * Makes the tokenizer of a file.
   *
   * @param file A {@linkcode vocabulary}, as a path or address.
   * @throws {DataError} if it cannot be had, or is of another form.
   */
  static async create(file: VocabularyFile): Promise<BpeTokenizer> {
    return await BpeTokenizer.#of(await readBpeVocabulary(file));
  }

  /**
   * Learns a tokenizer; see {@linkcode learnBytePairs}.
   *
   * @param vocabSize Its ids, specials included; there are fewer if the pieces do not give as many.
   */
  static async learn(
    pieces: CountedPieces,
    vocabSize: number,
    options: LearnOptions = {},
  ): Promise<BpeTokenizer> {
    const tokens = learnBytePairs(pieces, vocabSize - BYTE_PAIR_SPECIALS.length, options);
    return await BpeTokenizer.#of(tokens.map(tokenOfBytes));
  }

  static async #of(tokens: readonly string[]): Promise<BpeTokenizer> {
    const described = JSON.stringify(["bpe", RULES_VERSION, tokens]);
    return new BpeTokenizer(tokens, await sha256Hex(described));
  }
}
