/**
 * Texts that a model is given in part: a beginning to go on from, or a text
 * with gaps to fill.
 *
 * @module
 */

import { FlmError } from "../errors.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** A token for each position, from the first on; null, and every position beyond, is free. */
export type GivenTokens = readonly (number | null)[];

/** Stands for one free token in {@linkcode tokensOfTemplate}. */
export const GAP = "_";

/**
 * The token that begins every text, and those of a text's beginning.
 *
 * @throws {FlmError} if nothing of the text is left in the tokenizer's form, or it is longer than
 * `length` tokens.
 */
export function tokensOfPrompt(tokenizer: Tokenizer, text: string, length: number): number[] {
  const tokens = tokenizer.encode(text);
  if (tokens.length === 0) {
    throw new FlmError(
      `The prompt ${JSON.stringify(text)} has nothing that the tokenizer ${tokenizer.name} knows.`,
    );
  }
  return requireLength("prompt", [tokenizer.bosId, ...tokens], length);
}

/**
 * The token that begins every text, then one for each character of a text in which
 * {@linkcode GAP} stands for a character to be found: `the _____ of`.
 *
 * @throws {FlmError} if the tokenizer's tokens are not single characters, the text has characters
 * that it does not know (or writes otherwise), or is longer than `length` tokens.
 */
export function tokensOfTemplate(
  tokenizer: Tokenizer,
  template: string,
  length: number,
): (number | null)[] {
  // A letter in place of each gap, since spaces at the end of a text would be lost.
  const filled = template.toLowerCase().replaceAll(GAP, "x");
  const tokens: (number | null)[] = tokenizer.encode(filled);
  const normal = tokenizer.normalise(filled);
  if (tokens.length !== normal.length) {
    throw new FlmError(
      `A template needs a tokenizer whose tokens are characters, such as text8; the model's is ` +
        `${tokenizer.name}. Use a prompt, or give token ids by position.`,
    );
  }
  if (normal !== filled) {
    let at = 0;
    while (normal[at] === filled[at]) at++;
    throw new FlmError(
      `The template ${JSON.stringify(template)} has ${JSON.stringify(template[at])} at position ` +
        `${at}, where the tokenizer ${tokenizer.name} would write otherwise: ` +
        `${JSON.stringify(normal)}. Write the template so, with ${GAP} for each free character.`,
    );
  }
  for (let i = 0; i < tokens.length; i++) if (template[i] === GAP) tokens[i] = null;
  return requireLength("template", [tokenizer.bosId, ...tokens], length);
}

/** @throws {FlmError} if there are more tokens than fit. */
function requireLength<T>(what: string, tokens: T[], length: number): T[] {
  if (tokens.length <= length) return tokens;
  throw new FlmError(
    `The ${what} has ${
      tokens.length - 1
    } tokens, but the model's texts have ${length}, the first ` +
      `of which only marks the beginning: shorten it to ${length - 1}.`,
  );
}
