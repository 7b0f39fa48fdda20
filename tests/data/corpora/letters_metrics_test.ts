/**
 * Quality of samples of the letters.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { LETTERS_METRICS } from "../../../lib/data/corpora/letters_metrics.ts";

/** The metrics by name. */
function measured(texts: readonly string[], length: number): Record<string, number> {
  const samples = { texts, tokens: [], length };
  return Object.fromEntries(LETTERS_METRICS.map(({ name, measure }) => [name, measure(samples)]));
}

Deno.test("LETTERS_METRICS count texts of equal letters, and letters", () => {
  const texts = ["aaaa", "aaba", "bbbb", "aaaa", "aaa", "", "zzzzz", "abcd"];
  assertEquals(measured(texts, 4), { validity: 3 / 8, letters: 2 });
  assertEquals(measured(["ab"], 2), { validity: 0, letters: 0 });
});
