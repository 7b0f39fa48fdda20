/**
 * Prompts and templates as tokens.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { FlmError } from "../../lib/errors.ts";
import { tokensOfPrompt, tokensOfTemplate } from "../../lib/text/given_tokens.ts";
import { createTokenizer, type Tokenizer } from "../../lib/text/tokenizer.ts";

const text8 = await createTokenizer("text8");
const [BOS, SPACE, A] = [text8.bosId, 3, 4];

Deno.test("tokensOfPrompt() puts what begins every text before the tokens", () => {
  assertEquals(tokensOfPrompt(text8, "A cab!", 6), [BOS, A, SPACE, A + 2, A, A + 1]);
});

Deno.test("tokensOfPrompt() throws when the prompt is too long or nothing is left of it", () => {
  assertThrows(
    () => tokensOfPrompt(text8, "a cab", 5),
    FlmError,
    "The prompt has 5 tokens, but the model's texts have 5, the first of which only marks the " +
      "beginning: shorten it to 4.",
  );
  assertThrows(
    () => tokensOfPrompt(text8, "?!", 5),
    FlmError,
    'The prompt "?!" has nothing that the tokenizer text8 knows.',
  );
});

Deno.test("tokensOfTemplate() frees the gaps, also at the ends", () => {
  assertEquals(tokensOfTemplate(text8, "_B _", 9), [BOS, null, A + 1, SPACE, null]);
  assertEquals(tokensOfTemplate(text8, "a __ a", 7), [BOS, A, SPACE, null, null, SPACE, A]);
  assertEquals(tokensOfTemplate(text8, "__", 3), [BOS, null, null]);
});

Deno.test("tokensOfTemplate() names the character that would be written otherwise", () => {
  const complains = (template: string, message: string) =>
    assertThrows(() => tokensOfTemplate(text8, template, 30), FlmError, message);
  complains(
    "the ___, of",
    'The template "the ___, of" has "," at position 7, where the tokenizer text8 would write ' +
      'otherwise: "the xxx of". Write the template so, with _ for each free character.',
  );
  complains("the _ 3", '"3" at position 6, where the tokenizer text8 would write otherwise');
  complains("a_ ", '" " at position 2');
  complains(" a_", '" " at position 0');
  complains("a  _", '" " at position 2');
  complains("é_", '"é" at position 0');
});

Deno.test("tokensOfTemplate() throws when the template is too long", () => {
  assertThrows(
    () => tokensOfTemplate(text8, "a ___ b", 7),
    FlmError,
    "The template has 7 tokens, but the model's texts have 7",
  );
});

Deno.test("tokensOfTemplate() throws when tokens are not characters", () => {
  const words: Tokenizer = Object.create(text8, {
    name: { value: "words" },
    encode: { value: (text: string) => text.split(" ").map(() => A) },
  });
  assertThrows(
    () => tokensOfTemplate(words, "a _ b", 30),
    FlmError,
    "A template needs a tokenizer whose tokens are characters, such as text8; the model's is words",
  );
});
