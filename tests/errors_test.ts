/**
 * What errors say.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { sentenceOf } from "../lib/errors.ts";

Deno.test("sentenceOf() ends a message that has no end", () => {
  const cases = [["It is gone", "It is gone."], ["Is it?", "Is it?"], ["a.json", "a.json."]];
  for (const [message, sentence] of cases) assertEquals(sentenceOf(message!), sentence);
  assertEquals(sentenceOf("It is gone."), "It is gone.");
});
