/**
 * Texts that a model is given in part: a beginning to go on from, or a text
 * with gaps to fill.
 *
 * @module
 */

import { FlmError } from "../errors.ts";
import { describeValue } from "../schema/field.ts";
import type { Tokenizer } from "./tokenizer.ts";

/**
 * A token for each position, from the first on; null, and every position beyond, is free.
 *
 * @example Hold the first and the third token
 * ```ts
 * import { FlowLanguageModel, type GivenTokens } from "@flm/flm";
 *
 * using model = await FlowLanguageModel.load("runs/demo");
 * const fixed: GivenTokens = [7, null, 9];
 * const [sample] = await model.sample({ fixed, numSteps: 2 });
 * console.log(sample!.tokens);
 * ```
 */
export type GivenTokens = readonly (number | null)[];

/**
 * What texts are given in part; at most one of these.
 *
 * @example Let a model fill a gap
 * ```ts
 * import { FlowLanguageModel, type GivenText } from "@flm/flm";
 *
 * using model = await FlowLanguageModel.load("runs/demo");
 * const given: GivenText = { template: "the ___ of" };
 * const [sample] = await model.sample({ ...given, numSteps: 8 });
 * console.log(sample!.text);
 * ```
 */
export interface GivenText {
  /**
   * How every text begins: these characters, a space at the end too unless the token after it
   * brings it along, but capitals lowered and blanks between words left out if the tokenizer has
   * none. Characters that it would change or
   * leave out are an error.
   */
  prompt?: string;
  /**
   * A text with gaps, `_` for each token to be found: `the _____ of` has one of five characters for
   * tokenizers of single characters, `the _ of` one of a token for those of subwords, whose tokens
   * bring the blank before them along. The model goes on after its end; otherwise as a prompt.
   */
  template?: string;
  /** Token ids that are given; they come back unchanged. */
  fixed?: GivenTokens;
}

/** Stands for one free token in a template. */
const GAP = "_";
/** Runs of them. */
const GAPS = /_+/g;

/** What every tokenizer of characters writes as it is. */
const LETTER = "x";

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
 * @throws {FlmError} if more than one of the ways is used or is no text or list, the text is too
 * long, the tokenizer would write it otherwise, or token ids are unknown.
 */
export function readGivenTokens(
  { prompt, template, fixed }: GivenText,
  options: GivenTextOptions,
): GivenTokens | undefined {
  const names = Object.entries({ prompt, template, fixed })
    .flatMap(([name, value]) => value === undefined ? [] : name);
  if (names.length > 1) throw new FlmError(`Give only one of ${names.join(" and ")}.`);
  for (const [name, text] of Object.entries({ prompt, template })) {
    if (text === undefined || typeof text === "string") continue;
    throw new FlmError(`${name} must be text, found ${describeValue(text)}.`);
  }
  if (fixed !== undefined && !Array.isArray(fixed)) {
    throw new FlmError(`fixed must be a list of token ids, found ${describeValue(fixed)}.`);
  }
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
  const written = writtenPrompt(prompt, tokenizer);
  const tokens = tokenizer.unit === "character"
    ? tokenizer.encode(written + LETTER).slice(0, -1)
    // A blank at the end comes with the token that follows.
    : tokenizer.encode(tokenizer.unit === "bytes" ? prompt.replace(/(?<=.) $/s, "") : prompt);
  return placeTokens("prompt", tokens, options);
}

/** The tokens of a text in which {@linkcode GAP} stands for a free one. */
function tokensOfTemplate(template: string, options: GivenTextOptions): (number | null)[] {
  const tokens = options.tokenizer.unit === "character"
    ? charactersOfTemplate(template, options.tokenizer)
    : subwordsOfTemplate(template, options.tokenizer);
  return placeTokens("template", tokens, options);
}

/** The tokens of the parts between gaps; a blank before a gap belongs to the token in it. */
function subwordsOfTemplate(template: string, tokenizer: Tokenizer): (number | null)[] {
  const gaps = template.match(GAPS) ?? [];
  return template.split(GAPS).flatMap((whole, i) => {
    const gap = gaps[i] ?? "";
    const part = gap === "" ? whole : whole.replace(/ $/, "");
    const tokens = part === "" ? [] : tokenizer.encode(part);
    if (part !== "") requireKnown("template", part, tokenizer);
    return [...tokens, ...Array.from(gap, () => null)];
  });
}

/** One token for each character. */
function charactersOfTemplate(template: string, tokenizer: Tokenizer): (number | null)[] {
  const written = template.split(GAPS).map((part, i) => {
    // Letters stand for the gaps beside a part, and for what comes after the end.
    const [before, after] = [i === 0 ? "" : LETTER, LETTER];
    return tokenizer.normalise(before + part + after).slice(before.length, -after.length);
  });
  const gaps = template.match(GAPS) ?? [];
  const joined = written.map((part, i) => part + (gaps[i] ?? "")).join("");
  const mend = `Write the template so, with ${GAP} for each free character.`;
  requireWritten("template", template, joined, tokenizer, mend);
  const filled = joined.replaceAll(GAP, LETTER);
  const tokens: (number | null)[] = tokenizer.encode(filled + LETTER).slice(0, -1);
  for (let i = 0; i < tokens.length; i++) if (joined[i] === GAP) tokens[i] = null;
  return tokens;
}

/**
 * A prompt as the tokenizer writes it, a space at its end included if that can be written: the
 * prompt itself but for capitals and blanks.
 *
 * @throws {FlmError} if the tokenizer would change or leave out other characters.
 */
export function writtenPrompt(prompt: string, tokenizer: Tokenizer): string {
  const written = tokenizer.unit === "character"
    ? tokenizer.normalise(prompt + LETTER).slice(0, -1)
    : tokenizer.normalise(prompt);
  if (written === "") {
    throw new FlmError(
      `The prompt ${describeValue(prompt)} has nothing that the tokenizer ${tokenizer.name} knows.`,
    );
  }
  requireKnown("prompt", prompt, tokenizer, written);
  return written;
}

/** Refuses a text that the tokenizer does not know, or would write otherwise. */
function requireKnown(
  what: string,
  text: string,
  tokenizer: Tokenizer,
  written: string = tokenizer.normalise(text),
): void {
  const { unknownId } = tokenizer;
  const isKnown = unknownId === null || !tokenizer.encode(text).includes(unknownId);
  const mend = isKnown ? `Write the ${what} so.` : "Leave out what it does not know.";
  requireWritten(what, text, written, tokenizer, mend);
}

/** Refuses a text that the tokenizer writes with other characters. */
function requireWritten(
  what: string,
  text: string,
  written: string,
  { name, unit }: Tokenizer,
  mend: string,
): void {
  const at = firstChange(text, written, unit === "word");
  if (at === null) return;
  const found = describeValue(String.fromCodePoint(text.codePointAt(at)!));
  throw new FlmError(
    `The ${what} ${describeValue(text)} has ${found} at position ${at}, where the tokenizer ` +
      `${name} would write otherwise: ${describeValue(written)}. ${mend}`,
  );
}

/** Where the first character is that is written otherwise, not only in small letters; or null. */
function firstChange(text: string, written: string, blanksAside: boolean): number | null {
  const isSkipped = (character: string | undefined) =>
    blanksAside && character !== undefined && /\s/.test(character);
  let at = 0;
  let place = 0;
  for (const character of text) {
    if (!isSkipped(character)) {
      while (isSkipped(written[place])) place++;
      const form = [character, character.toLowerCase()].find((each) =>
        written.startsWith(each, place)
      );
      if (form === undefined) return at;
      place += form.length;
    }
    at += character.length;
  }
  return null;
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
