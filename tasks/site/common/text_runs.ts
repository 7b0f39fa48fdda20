/**
 * Texts in runs of characters, so that those can be marked that come of tokens which have changed.
 *
 * @module
 */

import type { TextRun } from "./messages.ts";

/** Stands for bytes that are no character. */
const NO_CHARACTER = "\ufffd";

/**
 * Cuts a text where it can be cut and joins neighbours that are alike. Tokens of a character that
 * several share stay together, and a blank or line that belongs to a token stays with it.
 *
 * @param tokens The tokens of the text, [L].
 * @param before Those of a step before; undefined if there was none, and nothing has changed.
 * @param decode Turns tokens into text.
 * @returns Runs whose texts, one after the other, are the text that `decode` gives.
 */
export function textRuns(
  tokens: Uint32Array,
  before: Uint32Array | undefined,
  decode: (tokens: Uint32Array) => string,
): TextRun[] {
  const runs: TextRun[] = [];
  const add = (text: string, start: number, end: number) => {
    const changed = before !== undefined &&
      tokens.subarray(start, end).some((token, i) => token !== before[start + i]);
    const last = runs.at(-1);
    if (last?.changed === changed) runs[runs.length - 1] = { text: last.text + text, changed };
    else runs.push({ text, changed });
  };
  // A piece is what its tokens add to the text of those of the piece before.
  let context = 0;
  let start = 0;
  for (let end = 1; end <= tokens.length; end++) {
    const known = decode(tokens.subarray(context, start));
    const text = decode(tokens.subarray(context, end));
    const isWhole = text.length > known.length && text.startsWith(known) &&
      !text.endsWith(NO_CHARACTER);
    if (!isWhole && end < tokens.length) continue;
    // What adds nothing at the end, such as padding, belongs to no piece.
    if (text.length > known.length) add(text.slice(known.length), start, end);
    context = start;
    start = end;
  }
  const whole = decode(tokens);
  if (runs.map(({ text }) => text).join("") === whole) return runs;
  // A tokenizer whose text of a token depends on more than the tokens before it.
  runs.length = 0;
  add(whole, 0, tokens.length);
  return runs;
}
