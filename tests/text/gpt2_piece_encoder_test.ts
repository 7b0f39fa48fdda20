/**
 * Tests of GPT-2's tokens of texts in pieces.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Gpt2Tokenizer } from "../../lib/text/gpt2.ts";
import { Gpt2PieceEncoder } from "../../lib/text/gpt2_piece_encoder.ts";
import { BytePairs } from "../../lib/text/byte_pairs.ts";
import { bytesOfToken } from "../../lib/text/byte_alphabet.ts";
import { randomIntegers } from "../testing/random_integers.ts";
import { assertPieces, HARD_TEXT, randomTexts } from "../testing/tokenizer_texts.ts";

const tokenizer = await Gpt2Tokenizer.create();

/** A text of these characters in random order. */
function shuffled(characters: string, length: number): string {
  const below = randomIntegers(length);
  const each = [...characters];
  return Array.from({ length }, () => each[below(each.length)]).join("");
}

/** Texts of one piece or a few that do not end. */
const LONG = [
  shuffled("acgt", 60_000),
  shuffled("的一是不了人我在有他这为之大来以个中上们", 30_000),
  shuffled("0123456789", 50_000),
  shuffled("=-_*'.😀", 30_000),
  shuffled(" \n\t\u3000", 30_000),
  " " + "x".repeat(50_000),
];

Deno.test("Gpt2PieceEncoder gives the ids of words, numbers, signs and blanks without end", () => {
  for (const text of LONG) {
    for (const end of ["", "a", " a", "1", "'s", "!"]) {
      const held = assertPieces(tokenizer, `so ${text}${end}`, 9000);
      assert(held < 20_000, `${held} ids were held back of ${text.slice(0, 20)}`);
    }
  }
});

Deno.test("Gpt2PieceEncoder holds back some KiB of a text without blanks", () => {
  const encoder = new Gpt2PieceEncoder(
    new BytePairs(tokenizer.vocabulary.trimEnd().split("\n").map(bytesOfToken)),
  );
  for (const part of [LONG[0]!, LONG[1]!, "a1".repeat(30_000)]) {
    let given = 0;
    for (let i = 0; i < 5; i++) given += encoder.push(part).length;
    const all = given + encoder.finish().length;
    assertEquals(all, tokenizer.encode(part.repeat(5)).length);
    assert(all - given < 16_400, `${all - given} ids`);
  }
});

Deno.test("Gpt2PieceEncoder gives the ids of several long and hard pieces in a row", () => {
  const text = [...LONG.slice(0, 4), HARD_TEXT, ...randomTexts(200), LONG[4]!, LONG[5]!].join("");
  for (const longest of [700, 30_000, 1e6]) assertPieces(tokenizer, text, longest);
});
