/**
 * GPT-2's tokens in bytes, and bytes that are hard on byte pairs.
 *
 * @module
 */

import { bytesOfToken } from "../../lib/text/byte_alphabet.ts";
import { gpt2Vocabulary } from "../../lib/text/gpt2_vocabulary.ts";

/** The bytes of GPT-2's tokens by id. */
export const GPT2_TOKENS: readonly Uint8Array<ArrayBuffer>[] = (await gpt2Vocabulary(null))
  .map(bytesOfToken);

/**
 * Bytes of a few letters, of a pattern that returns, of tokens, or any.
 *
 * @param below Gives a random number from 0 up to a bound.
 */
export function randomBytes(
  length: number,
  below: (bound: number) => number,
): Uint8Array<ArrayBuffer> {
  const letters = Array.from({ length: 1 + below(5) }, () => 97 + below(26));
  const kinds: (() => Iterable<number>)[] = [
    () => [letters[below(letters.length)]!],
    () => letters,
    () => GPT2_TOKENS[below(GPT2_TOKENS.length)]!,
    () => [below(256)],
  ];
  const next = kinds[below(kinds.length)]!;
  const bytes: number[] = [];
  while (bytes.length < length) bytes.push(...next());
  return Uint8Array.from(bytes);
}
