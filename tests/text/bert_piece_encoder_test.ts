/**
 * Tests of BERT's tokens of texts in pieces.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import { BertTokenizer } from "../../lib/text/bert.ts";
import { assertPieces, HARD_TEXT, randomTexts } from "../testing/tokenizer_texts.ts";

const tokenizer = await BertTokenizer.create();
const UNKNOWN = 100;

Deno.test("BertPieceEncoder holds nothing back of ideographs and punctuation marks", () => {
  for (const text of ["的一是", "\u{20000}\u{2a700}", "!?=", "≠≮", "—。"]) {
    const held = assertPieces(tokenizer, text.repeat(30_000), 20_000);
    assert(held <= 2, `${held} ids were held back of ${text}`);
  }
});

Deno.test("BertPieceEncoder gives a word without end one id, as soon as it is too long", () => {
  const word = "acgté\u0301".repeat(30_000);
  const encoder = tokenizer.encoder();
  assertEquals(encoder.push(word), [UNKNOWN]);
  assertEquals(encoder.push(word), []);
  assertEquals(encoder.push("x the"), []);
  assertEquals(encoder.finish(), tokenizer.encode("the"));
  assertEquals(encoder.push(word), [UNKNOWN]);
  assertEquals(encoder.finish(), []);
  for (
    const end of ["", "x", " the", "!", "東", "\u{20000}the", "\u0301", "\u{1f600} ", "\ud83d."]
  ) {
    assertPieces(tokenizer, `so ${word}${end}`, 20_000);
    assertPieces(tokenizer, `so ${word}${end}${word}${HARD_TEXT}`, 50_000);
  }
});

Deno.test("BertPieceEncoder gives the ids of long words and hard texts in a row", () => {
  const text = [...randomTexts(300), "x".repeat(70_000), ...randomTexts(300)].join("");
  for (const longest of [50, 700, 1e6]) assertPieces(tokenizer, text, longest);
});

Deno.test("BertPieceEncoder says so when it would have to hold back without end", () => {
  const encoder = tokenizer.encoder();
  const joiners = "\u200d".repeat(1 << 20);
  assertThrows(
    () => {
      for (let i = 0; i < 5; i++) encoder.push(joiners);
    },
    DataError,
    "has more than 4194304 characters in a row without a blank, of which the tokenizer",
  );
});
