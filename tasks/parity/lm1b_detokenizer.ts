/**
 * Checks the detokenizer of LM1B.
 *
 * @module
 */

import { lm1bDetokenizer } from "../../lib/text/detokenize_lm1b.ts";
import type { CheckContext } from "./check.ts";

interface DetokenizerCase {
  name: string;
  input: string;
  output: string;
}

/** Checks `lm1b_detokenizer`: characters are compared like token ids. */
export async function checkLm1bDetokenizer(context: CheckContext): Promise<void> {
  const codes = (text: string) => Array.from(text, (character) => character.codePointAt(0)!);
  for (const { name, input, output } of await context.golden.cases<DetokenizerCase>()) {
    context.compareTokenValues(name, codes(lm1bDetokenizer(input)), codes(output));
  }
}
