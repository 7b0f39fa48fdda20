/**
 * Prompts and templates as tokens.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { FlmError } from "../../lib/errors.ts";
import { type GivenTokens, readGivenTokens, writtenPrompt } from "../../lib/text/given_tokens.ts";
import { createTokenizer } from "../../lib/text/create_tokenizer.ts";
import type { Tokenizer } from "../../lib/text/tokenizer.ts";
import { learnTokenizer } from "../testing/bpe.ts";

const text8 = await createTokenizer("text8");
const letters = await createTokenizer("letters");
const gpt2 = await createTokenizer("gpt2");
const bert = await createTokenizer("bert-base-uncased");
const [BOS, SPACE, A] = [text8.bosId, 3, 4];

interface Options {
  tokenizer?: Tokenizer;
  framed?: boolean;
}

function prompt(text: string, length: number, { tokenizer = text8, framed = true }: Options = {}) {
  return readGivenTokens({ prompt: text }, { tokenizer, length, framed });
}

function template(
  text: string,
  length: number,
  { tokenizer = text8, framed = true }: Options = {},
) {
  return readGivenTokens({ template: text }, { tokenizer, length, framed });
}

Deno.test("readGivenTokens() puts what begins every text, if anything does, before a prompt", () => {
  assertEquals(prompt("A cab", 6), [BOS, A, SPACE, A + 2, A, A + 1]);
  assertEquals(prompt("ab", 2, { framed: false }), [A, A + 1]);
});

Deno.test("readGivenTokens() keeps a space at the end of a prompt or template", () => {
  assertEquals(prompt("a ", 6), [BOS, A, SPACE]);
  assertEquals(template("_ ", 6), [BOS, null, SPACE]);
  assertEquals(template("a _ ", 6), [BOS, A, SPACE, null, SPACE]);
});

Deno.test("readGivenTokens() names the character of a prompt that would be written otherwise", () => {
  const complains = (text: string, message: string, tokenizer = text8) =>
    assertThrows(
      () => readGivenTokens({ prompt: text }, { tokenizer, length: 30, framed: true }),
      FlmError,
      message,
    );
  complains(
    "it's",
    'The prompt "it\'s" has "\'" at position 2, where the tokenizer text8 would write otherwise: ' +
      '"it s". Write the prompt so.',
  );
  complains("It is 5", '"5" at position 6');
  complains(" a", '" " at position 0');
  complains("a  b", '" " at position 2');
  complains("a_", '"_" at position 1');
  complains("a\n", '"\\n" at position 1');
  complains("caf\u00e9", '"é" at position 3');
  complains("a1b", '"1" at position 1, where the tokenizer letters would write', letters);
  complains("ab ", '" " at position 2', letters);
  complains("x \ud83d y", '"\\ud83d" at position 2, where the tokenizer gpt2 would', gpt2);
  complains("the caf\u00e9", '"é" at position 7', bert);
  complains("so \u{1f600} it", '"😀" at position 3', bert);
  complains("so \u{1f600} it", '"so [UNK] it". Leave out what it does not know.', bert);
  complains("it's ".repeat(1e4), "The prompt \"it's it's", text8);
});

Deno.test("readGivenTokens() gives the tokens of words and bytes of a prompt", () => {
  const read = (prompt: string, tokenizer: Tokenizer) =>
    readGivenTokens({ prompt }, { tokenizer, length: 30, framed: false });
  for (const text of [" The", "\n", "a\u0000 ½😀", " "]) {
    assertEquals(read(text, gpt2), gpt2.encode(text));
  }
  // The token that follows brings its blank along.
  assertEquals(read("the ", gpt2), gpt2.encode("the"));
  for (const text of ["The cat (he said) isn't \n here. "]) {
    assertEquals(read(text, bert), bert.encode(text));
  }
});

Deno.test("writtenPrompt() is the prompt but for capitals and blanks that are not tokens", () => {
  assertEquals(writtenPrompt("A cab ", text8), "a cab ");
  assertEquals(writtenPrompt(" A cab ", gpt2), " A cab ");
  assertEquals(writtenPrompt("The\ncat .", bert), "the cat.");
});

Deno.test("readGivenTokens() throws when the prompt is too long or nothing is left of it", () => {
  assertThrows(
    () => prompt("a cab", 5),
    FlmError,
    "The prompt has 5 tokens, but a text of this model has room for 4.",
  );
  assertThrows(
    () => prompt("ab", 1, { framed: false }),
    FlmError,
    "2 tokens, but a text of this model has room",
  );
  assertThrows(
    () => prompt("?!", 5),
    FlmError,
    'The prompt "?!" has nothing that the tokenizer text8 knows.',
  );
});

Deno.test("readGivenTokens() frees the gaps of a template, also at the ends", () => {
  assertEquals(template("_B _", 9), [BOS, null, A + 1, SPACE, null]);
  assertEquals(template("a __ a", 7), [BOS, A, SPACE, null, null, SPACE, A]);
  assertEquals(template("__", 3), [BOS, null, null]);
  assertEquals(template("_a", 2, { framed: false }), [null, A]);
});

Deno.test("readGivenTokens() names the character of a template that would be written otherwise", () => {
  const complains = (text: string, message: string) =>
    assertThrows(() => template(text, 30), FlmError, message);
  complains(
    "the ___, of",
    'The template "the ___, of" has "," at position 7, where the tokenizer text8 would write ' +
      'otherwise: "the ___ of". Write the template so, with _ for each free character.',
  );
  complains("the _ 3", '"3" at position 6, where the tokenizer text8 would write otherwise');
  complains(" a_", '" " at position 0');
  complains("a  _", '" " at position 2');
  complains("é_", '"é" at position 0');
});

Deno.test("readGivenTokens() throws when the template is too long", () => {
  assertThrows(
    () => template("a ___ b", 7),
    FlmError,
    "The template has 7 tokens, but a text of this model has room for 6.",
  );
});

Deno.test("readGivenTokens() frees a token for each gap where tokens are runs of bytes", async () => {
  const tokenizer = await learnTokenizer("the people of the city of the people ", 260);
  const [the, ofThe] = [tokenizer.encode("the"), tokenizer.encode(" of the")];
  const bos = tokenizer.bosId;
  assertEquals(template("the __ of the", 30, { tokenizer }), [bos, ...the, null, null, ...ofThe]);
  assertEquals(template("_ of the", 30, { tokenizer }), [bos, null, ...ofThe]);
  assertEquals(template("the_", 30, { tokenizer }), [bos, ...the, null]);
  assertEquals(prompt("the ", 30, { tokenizer }), [bos, ...the]);
  assertEquals(prompt(" ", 30, { tokenizer }), [bos, ...tokenizer.encode(" ")]);
});

Deno.test("readGivenTokens() refuses what a tokenizer of words does not know in a template", () => {
  const words: Tokenizer = Object.create(text8, {
    name: { value: "words" },
    unit: { value: "word" },
    unknownId: { value: 7 },
    encode: { value: (text: string) => text.trim().split(" ").map((w) => w === "a" ? A : 7) },
  });
  assertEquals(template("a _ a", 30, { tokenizer: words }), [BOS, A, null, A]);
  assertThrows(
    () => template("a? _ b", 30, { tokenizer: words }),
    FlmError,
    "Leave out what it does not know.",
  );
});

Deno.test("readGivenTokens() gives token ids as they are, if there are any", () => {
  const read = (fixed: GivenTokens) =>
    readGivenTokens({ fixed }, { tokenizer: text8, length: 3, framed: true });
  assertEquals(read([null, 29]), [null, 29]);
  assertEquals([read([]), read([null, null])], [undefined, undefined]);
  assertEquals(readGivenTokens({}, { tokenizer: text8, length: 3, framed: true }), undefined);
  assertThrows(() => read([0, 0, 0, null]), FlmError, "fixed has 4 tokens, but the model's");
  for (const token of [-1, 30, 0.5, NaN]) {
    assertThrows(
      () => read([null, token]),
      FlmError,
      `fixed[1] must be null or a token id from 0 to 29, found ${token}.`,
    );
  }
});

Deno.test("readGivenTokens() throws when text is given in several ways", () => {
  assertThrows(
    () =>
      readGivenTokens({ prompt: "a", fixed: [] }, { tokenizer: text8, length: 3, framed: true }),
    FlmError,
    "Give only one of prompt and fixed.",
  );
});
