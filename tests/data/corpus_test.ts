/**
 * Tests of the pieces of documents.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { boundedPieces } from "../../lib/data/corpus.ts";

Deno.test("boundedPieces() cuts large pieces, but no surrogate pair", () => {
  const small = { text: "abc", endOfDocument: true, fault: "f" };
  assertEquals([...boundedPieces(small)], [small]);
  for (const endOfDocument of [true, false]) {
    const text = "a" + "😀".repeat(300_000);
    const pieces = [...boundedPieces({ text, endOfDocument })];
    assertEquals(pieces.map((piece) => piece.text).join(""), text);
    assert(pieces.every((piece) => piece.text.isWellFormed() && piece.text.length <= 1 << 18));
    assertEquals(pieces.length, 3);
    assertEquals(pieces.map((piece) => piece.endOfDocument), [false, false, endOfDocument]);
  }
});
