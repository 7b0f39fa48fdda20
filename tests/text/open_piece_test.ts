/**
 * Tests of byte pairs in parts.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import { BytePairs } from "../../lib/text/byte_pairs.ts";
import { GPT2_TOKENS, randomBytes } from "../testing/byte_pairs.ts";
import { randomIntegers } from "../testing/random_integers.ts";

const pairs = new BytePairs(GPT2_TOKENS);
const below = randomIntegers(7);

Deno.test("OpenPiece gives the ids of the whole piece wherever it is cut", () => {
  for (let i = 0; i < 400; i++) {
    const bytes = randomBytes(400 + below(800), below);
    const text = new DataView(bytes.buffer);
    const piece = pairs.openPiece();
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
  const piece = pairs.openPiece();
  const ids: number[] = [];
  piece.extend(new DataView(new TextEncoder().encode("acgt".repeat(500)).buffer), 0, 2000, ids);
  const stranger = GPT2_TOKENS.findIndex((_, id) => !pairs.areTokens(ids.at(-1)!, id));
  const rest = new DataView(GPT2_TOKENS[stranger]!.buffer);
  assertThrows(() => piece.end(rest, 0, rest.byteLength, ids), DataError, "no place to cut it");
});
