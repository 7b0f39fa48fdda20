/**
 * Undoes the tokenization of the One Billion Word Benchmark (LM1B), whose sentences have blanks
 * around punctuation, as the reference does before it tokenizes.
 *
 * @module
 */

/** A rule: every match of the pattern (or every occurrence of the text) is replaced, in order. */
type Rule = readonly [
  pattern: RegExp | string,
  replacement: (match: string, word: string) => string,
];

const keepWord = (before: string, after: string) => (_: string, word: string) =>
  before + word + after;
const by = (text: string) => () => text;

/**
 * The reference's rules. They are Python's: its `\w` is any letter, number or underscore of
 * Unicode, and its `$` also matches before a newline that ends the text.
 */
const RULES: readonly Rule[] = [
  ["http : / / ", by("http://")],
  ["https : / / ", by("https://")],
  [/ '([\p{L}\p{N}_]+)/gu, keepWord("'", "")],
  [/ ([\p{L}\p{N}_]+) \. /gu, keepWord(" ", ". ")],
  [/ ([\p{L}\p{N}_]+) \.(?=\n?$)/gu, keepWord(" ", ".")],
  [" ? ", by("? ")],
  [/ \?(?=\n?$)/g, by("?")],
  [" ! ", by("! ")],
  [/ !(?=\n?$)/g, by("!")],
  [" , ", by(", ")],
  [" : ", by(": ")],
  [" ; ", by("; ")],
  [" / ", by("/")],
  [/" ([^"]+) "/g, keepWord('"', '"')],
  [/' ([^']+) '/g, keepWord("'", "'")],
  [/\( ([^()]+) \)/g, keepWord("(", ")")],
  [/\[ ([^[\]]+) \]/g, keepWord("[", "]")],
  ["$ ", by("$")],
  ["£ ", by("£")],
];

/**
 * The text of an LM1B sentence as people write it: the reference's `lm1b_detokenizer`, rule by
 * rule. Matches do not overlap, so that `U . S . A` becomes `U. S . A`; neither `n't` nor blanks
 * at the ends are touched.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { lm1bDetokenizer } from "./detokenize_lm1b.ts";
 *
 * const text = lm1bDetokenizer('The company \'s shares rose , he said ( " at last " ) .');
 * assertEquals(text, 'The company\'s shares rose, he said ("at last") .');
 * ```
 */
export function lm1bDetokenizer(text: string): string {
  let result = text;
  for (const [pattern, replacement] of RULES) result = result.replaceAll(pattern, replacement);
  return result;
}
