/**
 * Texts as the tokens of a judge.
 *
 * @module
 */

import type { Tokenizer } from "../text/tokenizer.ts";
import { idParts } from "./id_parts.ts";
import type { Judge } from "./judge.ts";

/** How GPT-2's texts write the token that stands between them. */
const END_OF_TEXT = "<|endoftext|>";

/**
 * The text of a sample or a block. That of GPT-2's tokens has {@linkcode END_OF_TEXT} wherever
 * there is such a token, as the reference's samples have; other tokenizers leave specials out.
 * (The reference writes also [CLS] and [SEP] of WordPiece, and has them judged as words.)
 *
 * @throws {DataError} if an id lies outside the vocabulary.
 */
export function sampleText(tokenizer: Tokenizer, ids: ArrayLike<number>): string {
  if (!writesEndOfText(tokenizer)) return tokenizer.decode(ids);
  const parts = idParts(ids, (id) => id === tokenizer.eosId);
  return tokenizer.decodeBatch(parts).join(END_OF_TEXT);
}

/** The ids of a text; {@linkcode END_OF_TEXT} is one token to GPT-2. */
export function judgeTokens(tokenizer: Tokenizer, text: string): Uint32Array {
  if (!writesEndOfText(tokenizer)) return Uint32Array.from(tokenizer.encode(text));
  const parts = text.split(END_OF_TEXT).map((part) => tokenizer.encode(part));
  return Uint32Array.from(
    parts.flatMap((ids, i) => i === 0 ? ids : [tokenizer.eosId, ...ids]),
  );
}

/**
 * The sequences that a judge sees of a text: pieces of as many tokens as it takes, each of them
 * anew. The judge's start token begins each of them, if it has one, so that every token of the text
 * counts. GPT-2 has none: there the first token of a piece does not count, as in the reference.
 */
export function judgeSequences(
  { startId, contextLength }: Pick<Judge, "startId" | "contextLength">,
  ids: Uint32Array,
): Uint32Array[] {
  const start = startId === null ? [] : [startId];
  const size = contextLength - start.length;
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, i) => {
    return Uint32Array.of(...start, ...ids.subarray(i * size, (i + 1) * size));
  });
}

function writesEndOfText(tokenizer: Tokenizer): boolean {
  return tokenizer.name === "gpt2";
}
