/**
 * Tests of the tokenizer of the letters.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import { LettersTokenizer } from "../../lib/text/letters.ts";

const tokenizer = await LettersTokenizer.create();
const TEXT = " Aé\u212az!\ud83d\ude00B\ud83d7\u0130q\n";

Deno.test("LettersTokenizer.encode() gives stable ids", () => {
  const { name, vocabSize, bosId, eosId, padId } = tokenizer;
  assertEquals([name, vocabSize, bosId, eosId, padId], ["letters", 28, 0, 1, null]);
  assertEquals(tokenizer.encode("aZ m"), [2, 27, 14]);
  assertEquals(tokenizer.encode("1!"), []);
  assertEquals(
    tokenizer.fingerprint,
    "53f5e922d8a9c6439ecc93e17ffde4cdb6581dcc0b1152deb3ebc34377076244",
  );
});

Deno.test("LettersTokenizer.decode() gives the normal form back", () => {
  assertEquals(tokenizer.normalise(TEXT), "azbq");
  assertEquals(tokenizer.decode(tokenizer.encode(TEXT)), "azbq");
  assertEquals(tokenizer.decode([0, 2, 2, 1, 3, 1, 1]), "aa\nb");
  assertEquals(tokenizer.decodeBatch([[2], [1]]), ["a", ""]);
});

Deno.test("LettersTokenizer.encoder() gives the same ids wherever the text is cut", () => {
  for (let cut = 0; cut <= TEXT.length; cut++) {
    const encoder = tokenizer.encoder();
    const ids = [encoder.push(TEXT.slice(0, cut)), encoder.push(TEXT.slice(cut)), encoder.finish()];
    assertEquals(ids.flat(), tokenizer.encode(TEXT), `cut at ${cut}`);
  }
});

Deno.test("LettersTokenizer.decode() throws when an id is not of its vocabulary", () => {
  assertThrows(() => tokenizer.decode([2, 28]), DataError, "token id 28 at position 1");
});
