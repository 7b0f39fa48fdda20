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

/** What texts are given in part; at most one of these. */
export interface GivenText {
  /** How every text begins. */
  prompt?: string;
  /**
   * A text with gaps, `_` for each character to be found, such as `the _____ of`; the model goes
   * on after its end. For tokenizers of single characters.
   */
  template?: string;
  /** Token ids that are given; they come back unchanged. */
  fixed?: GivenTokens;
}

/** Stands for one free token in a template. */
const GAP = "_";

/** What texts that are given in part must fit. */
export interface GivenTextOptions {
  /** Turns text into tokens. */
  tokenizer: Tokenizer;
  /** Tokens of a text of the model. */
  length: number;
  /** Whether every text begins with the tokenizer's BOS; it is given with prompt and template. */
  framed: boolean;
}

/**
 * The tokens that are given, or undefined if none is.
 *
 * @throws {FlmError} if more than one of the ways is used, the text is too long, its characters
 * or token ids are unknown, or a template's tokenizer has tokens of several characters.
 */
export function readGivenTokens(
  { prompt, template, fixed }: GivenText,
  options: GivenTextOptions,
): GivenTokens | undefined {
  const names = Object.entries({ prompt, template, fixed })
    .flatMap(([name, value]) => value === undefined ? [] : name);
  if (names.length > 1) throw new FlmError(`Give only one of ${names.join(" and ")}.`);
  const tokens = prompt !== undefined
    ? tokensOfPrompt(prompt, options)
    : template !== undefined
    ? tokensOfTemplate(template, options)
    : requireFixed(fixed ?? [], options);
  return tokens.some((token) => token !== null) ? tokens : undefined;
}

/** The tokens of a text's beginning. */
function tokensOfPrompt(prompt: string, options: GivenTextOptions): number[] {
  const { tokenizer } = options;
  const tokens = tokenizer.encode(prompt);
  if (tokens.length > 0) return placeTokens("prompt", tokens, options);
  throw new FlmError(
    `The prompt ${JSON.stringify(prompt)} has nothing that the tokenizer ${tokenizer.name} knows.`,
  );
}

/** One token for each character of a text in which {@linkcode GAP} stands for a free one. */
function tokensOfTemplate(template: string, options: GivenTextOptions): (number | null)[] {
  const { tokenizer } = options;
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
  return placeTokens("template", tokens, options);
}

/** Token ids by position, as they are if they can be a text's. */
function requireFixed(
  tokens: GivenTokens,
  { tokenizer: { vocabSize }, length }: GivenTextOptions,
): GivenTokens {
  if (tokens.length > length) {
    throw new FlmError(`fixed has ${tokens.length} tokens, but the model's texts have ${length}.`);
  }
  for (const [position, token] of tokens.entries()) {
    if (token === null || (Number.isInteger(token) && token >= 0 && token < vocabSize)) continue;
    throw new FlmError(
      `fixed[${position}] must be null or a token id from 0 to ${vocabSize - 1}, found ${token}.`,
    );
  }
  return tokens;
}

/** Puts tokens where a text begins, if they fit. */
function placeTokens<T>(
  what: string,
  tokens: readonly T[],
  { tokenizer, length, framed }: GivenTextOptions,
): (T | number)[] {
  const placed = framed ? [tokenizer.bosId, ...tokens] : [...tokens];
  if (placed.length <= length) return placed;
  const room = length - (placed.length - tokens.length);
  throw new FlmError(
    `The ${what} has ${tokens.length} tokens, but a text of this model has room for ${room}.`,
  );
}
