/**
 * Tests of byte pairs in parts.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import { BytePairs } from "../../lib/text/byte_pairs.ts";
import { bytesOfToken, gpt2Vocabulary } from "../../lib/text/gpt2_vocabulary.ts";
import { OpenPiece } from "../../lib/text/open_piece.ts";
import { randomNumbers } from "../testing/random_numbers.ts";

const tokens = (await gpt2Vocabulary(null)).map(bytesOfToken);
const pairs = new BytePairs(tokens);
const below = randomNumbers(7);

/** Bytes of a few letters, of a pattern that returns, of tokens, or any. */
function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const letters = Array.from({ length: 1 + below(5) }, () => 97 + below(26));
  const kinds: (() => Iterable<number>)[] = [
    () => [letters[below(letters.length)]!],
    () => letters,
    () => tokens[below(tokens.length)]!,
    () => [below(256)],
  ];
  const next = kinds[below(kinds.length)]!;
  const bytes: number[] = [];
  while (bytes.length < length) bytes.push(...next());
  return Uint8Array.from(bytes);
}

Deno.test("OpenPiece gives the ids of the whole piece wherever it is cut", () => {
  for (let i = 0; i < 400; i++) {
    const bytes = randomBytes(400 + below(800));
    const text = new DataView(bytes.buffer);
    const piece = new OpenPiece(pairs);
    const ids: number[] = [];
    let at = 0;
    for (let to = 0; to < bytes.length - 200;) {
      to = Math.max(at, to) + 1 + below(400);
      at = piece.extend(text, at, Math.min(to, bytes.length), ids);
    }
    piece.end(text, at, bytes.length, ids);
    assertEquals(ids, pairs.merge(text, 0, bytes.length));
  }
});

Deno.test("OpenPiece throws when tokens would not be those of the whole piece", () => {
  const bytes = new TextEncoder().encode("acgt".repeat(500));
  const text = new DataView(bytes.buffer);
  const stubborn = Object.assign(Object.create(pairs), {
    merge: (...part: [DataView<ArrayBuffer>, number, number]) => pairs.merge(...part),
    bytesOf: (id: number) => pairs.bytesOf(id),
    areTokens: () => false,
  });
  const piece = new OpenPiece(stubborn);
  const ids: number[] = [];
  const at = piece.extend(text, 0, 1000, ids);
  assertThrows(() => piece.end(text, at, 2000, ids), DataError, "no place to cut it");
});

Deno.test("BytePairs.areTokens() says whether two tokens stay two", () => {
  const id = (text: string) =>
    pairs.merge(new DataView(new TextEncoder().encode(text).buffer), 0, text.length)[0]!;
  assertEquals(pairs.areTokens(id("t"), id("h")), false);
  assertEquals(pairs.areTokens(id("th"), id("q")), true);
});
