/**
 * Decoding as all tokenizers of subwords do it.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import type { Tokenizer } from "./tokenizer.ts";

/**
 * The texts between the EOS of a sequence, without BOS and padding, joined by newlines.
 *
 * @param textOf The text of ids that are no specials.
 * @throws {DataError} if an id lies outside the vocabulary.
 */
export function decodeTexts(
  ids: ArrayLike<number>,
  tokenizer: Pick<Tokenizer, "name" | "vocabSize" | "bosId" | "eosId" | "padId">,
  textOf: (ids: readonly number[]) => string,
): string {
  const { name, vocabSize, bosId, eosId, padId } = tokenizer;
  const texts: number[][] = [];
  let text: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (!(Number.isInteger(id) && id >= 0 && id < vocabSize)) {
      throw new DataError(
        `Cannot decode token id ${id} at position ${i}: the ${name} tokenizer has the ids 0 to ` +
          `${vocabSize - 1}. These tokens come from another tokenizer.`,
      );
    }
    if (id === eosId) {
      if (text.length > 0) texts.push(text);
      text = [];
    } else if (id !== bosId && id !== padId) text.push(id);
  }
  if (text.length > 0) texts.push(text);
  return texts.map(textOf).join("\n");
}
