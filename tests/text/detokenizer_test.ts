/**
 * Tests of the detokenizers; tests/parity_test.ts compares with the reference.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../lib/errors.ts";
import { lm1bDetokenizer } from "../../lib/text/detokenize_lm1b.ts";
import { createDetokenizer, DETOKENIZER_NAMES } from "../../lib/text/detokenizer.ts";

Deno.test("lm1bDetokenizer() takes Python's view of words, ends and overlaps", () => {
  const cases: [string, string][] = [
    // Combining marks are no part of a word, letters and numerics of any script are.
    ["at the cafe\u0301 . We sat", "at the cafe\u0301 . We sat"],
    ["a 東京 . b ½ . c \u{1d7d8} . d", "a 東京. b ½. c \u{1d7d8}. d"],
    ["the end .\n", "the end.\n"],
    ["the end .\n\n", "the end .\n\n"],
    ["the end .\nof it .", "the end .\nof it."],
    ["U . S . A . too", "U . S. A . too"],
    ["he 's '70s it '", "he's'70s it '"],
    ["is it ? ? !\n", "is it? ?!\n"],
    ["$ 5 & $ & $1 $ ", "$5 & $& $1 $"],
    ['" a " b " c "', '"a" b "c"'],
    ["( a [ b ] )", "(a [b])"],
  ];
  for (const [text, expected] of cases) assertEquals(lm1bDetokenizer(text), expected, text);
});

Deno.test("createDetokenizer() knows its names, null and nothing else", () => {
  for (const name of DETOKENIZER_NAMES) createDetokenizer(name);
  assertEquals(createDetokenizer("lm1b")("a , b"), "a, b");
  assertEquals(createDetokenizer(null)("a , b"), "a , b");
  assertThrows(() => createDetokenizer("toString"), ConfigError, "must be one of lm1b, or null.");
});
