/**
 * Vocabularies of byte pairs that were learned from a corpus, as a `tokenizer.json`.
 *
 * @module
 */

import type { FlmError } from "../errors.ts";
import { describeKey, describeValue } from "../schema/field.ts";
import { bytesOfToken, isByteToken, tokenOfBytes } from "./byte_alphabet.ts";
import { requireByteLevel } from "./byte_level_settings.ts";
import { BYTE_PAIR_SPECIALS } from "./byte_pair_tokenizer.ts";
import { BytePairs } from "./byte_pairs.ts";
import { TEXT_BYTES } from "./learn_byte_pairs.ts";
import { readTokenizerFile, type VocabularyFile } from "./tokenizer_file.ts";

/** The tokens of single bytes, which come first. */
const BYTE_TOKENS: readonly string[] = TEXT_BYTES.map((byte) => tokenOfBytes([byte]));

/** What each token but those of bytes is made of, as `a b`. */
function mergesOf(tokens: readonly string[]): string[] {
  const pairs = new BytePairs(tokens.values().map(bytesOfToken));
  return tokens.slice(BYTE_TOKENS.length).map((_, i) =>
    pairs.partsOf(BYTE_TOKENS.length + i).map((id) => tokens[id]!).join(" ")
  );
}

/**
 * The text of a `tokenizer.json`, as Hugging Face's libraries read it.
 *
 * @param tokens Those of text, in the byte-level alphabet, by id.
 */
export function formatTokenizer(tokens: readonly string[]): string {
  const byteLevel = { type: "ByteLevel", trim_offsets: true, use_regex: true };
  const document = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: BYTE_PAIR_SPECIALS.map((content, i) => ({
      id: tokens.length + i,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { ...byteLevel, add_prefix_space: false },
    post_processor: null,
    decoder: { ...byteLevel, add_prefix_space: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries([...tokens, ...BYTE_PAIR_SPECIALS].map((token, id) => [token, id])),
      merges: mergesOf(tokens),
    },
  };
  return JSON.stringify(document, null, 1) + "\n";
}

/**
 * The tokens of text of a `tokenizer.json` that {@linkcode formatTokenizer} made.
 *
 * @param file A path or address, or its text.
 * @throws {DataError} if it cannot be read, or is another one.
 */
export async function readBpeVocabulary(file: VocabularyFile): Promise<readonly string[]> {
  const { tokens, merges, document, fail } = await readTokenizerFile(file, {
    model: "BPE",
    expected: "a tokenizer.json of byte pairs that were learned by data.tokenizer bpe",
  });
  const textTokens = tokens.slice(0, -BYTE_PAIR_SPECIALS.length);
  BYTE_PAIR_SPECIALS.forEach((special, i) => {
    const found = tokens[textTokens.length + i];
    if (found !== special) {
      throw fail(`token ${textTokens.length + i} is ${describeValue(found)}, expected ${special}`);
    }
  });
  BYTE_TOKENS.forEach((byte, id) => {
    if (textTokens[id] === byte) return;
    throw fail(`token ${id} is ${describeValue(textTokens[id])}, expected ${describeKey(byte)}`);
  });
  const stray = textTokens.find((token) => !isByteToken(token));
  if (stray !== undefined) throw fail(`its token ${describeKey(stray)} is none of bytes`);
  requireMerges(textTokens, await merges(), fail);
  if (document === null) throw fail("it is no whole tokenizer.json");
  requireByteLevel(document, textTokens.length, BYTE_PAIR_SPECIALS);
  return textTokens;
}

/** Checks that every token is what its merge makes, and that merges lead to all of them. */
function requireMerges(
  tokens: readonly string[],
  merges: readonly string[] | null,
  fail: (fault: string) => FlmError,
): void {
  const numMerges = tokens.length - BYTE_TOKENS.length;
  if (merges?.length !== numMerges) {
    throw fail(`it has ${merges?.length ?? "no"} merges for ${numMerges} tokens that are no bytes`);
  }
  mergesOf(tokens).forEach((merge, i) => {
    if (merges[i] === merge) return;
    throw fail(
      `merge ${i} is ${describeValue(merges[i])}, but ${
        describeKey(tokens[BYTE_TOKENS.length + i]!)
      } ` +
        `is made of ${describeValue(merge)}`,
    );
  });
}
