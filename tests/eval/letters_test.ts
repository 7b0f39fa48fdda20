/**
 * Quality of samples of the letters.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { measureLetters } from "../../lib/eval/letters.ts";

Deno.test("measureLetters() counts texts of equal letters, and letters", () => {
  const texts = ["aaaa", "aaba", "bbbb", "aaaa", "aaa", "", "zzzzz", "abcd"];
  assertEquals(measureLetters(texts, 4), { validity: 3 / 8, letters: 2 });
  assertEquals(measureLetters(["ab"], 2), { validity: 0, letters: 0 });
});
