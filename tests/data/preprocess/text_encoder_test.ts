/**
 * Tests of the encoder of batches.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { BatchEncoder } from "../../../lib/data/preprocess/text_encoder.ts";
import { DataError } from "../../../lib/errors.ts";
import { lm1bDetokenizer } from "../../../lib/text/detokenize_lm1b.ts";
import { Text8Tokenizer } from "../../../lib/text/text8.ts";

const tokenizer = await Text8Tokenizer.create();

Deno.test("BatchEncoder.encode() counts the bytes of documents without tokens", () => {
  const encoder = new BatchEncoder(tokenizer, null);
  const sizes = (texts: string[], continues: boolean, open: boolean) => {
    const { bytes, emptyBytes, ends } = encoder.encode({ texts, continues, open });
    return [bytes, emptyBytes, ends.length];
  };
  assertEquals(sizes(["a", "é!", "!?", ""], false, false), [6, 2, 4]);
  // The first is cut in three, the second has its letter in the last piece.
  assertEquals(sizes(["!", "!!"], false, true), [3, 1, 1]);
  assertEquals(sizes(["!!!"], true, true), [3, 0, 0]);
  assertEquals(sizes(["!!!!", "?"], true, true), [5, 9, 1]);
  assertEquals(sizes(["b"], true, false), [1, 0, 1]);
});

Deno.test("BatchEncoder.encode() names a text that a detokenizer cannot see whole", () => {
  const encoder = new BatchEncoder(tokenizer, lm1bDetokenizer);
  const texts = ["Once upon a time " + "x".repeat(1 << 24)];
  encoder.encode({ texts, continues: false, open: true });
  assertThrows(
    () => encoder.encode({ texts, continues: true, open: true }),
    DataError,
    'The text that begins with "Once upon a time xxx',
  );
});
