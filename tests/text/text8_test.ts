/**
 * Tests of the text8 tokenizer.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import { Text8Normaliser, Text8Tokenizer } from "../../lib/text/text8.ts";

const tokenizer = await Text8Tokenizer.create();

/** The joined shares of a text cut into pieces of `size` code units. */
function normaliseInPieces(text: string, size: number): string {
  const normaliser = new Text8Normaliser();
  let result = "";
  for (let i = 0; i < text.length; i += size) result += normaliser.push(text.slice(i, i + size));
  return result;
}

Deno.test("Text8Tokenizer.normalise() follows the rules of text8", () => {
  const cases: [string, string][] = [
    ["Call me Ishmael.", "call me ishmael"],
    ["  In 1851,\n\tdon't  ", "in one eight five one don t"],
    ["x2y", "x two y"],
    ["Café naïve ÅNGSTRÖM e\u0301a", "cafe naive angstrom ea"],
    ["\u0130stanbul \u212aelvin", "istanbul kelvin"],
    ["straße 東京 😀 end", "stra e end"],
    ["\u{1d400}a\u{1f600}b", "a b"],
    ["", ""],
    [" \n.,;—😀", ""],
  ];
  for (const [text, expected] of cases) assertEquals(tokenizer.normalise(text), expected, text);
});

Deno.test("Text8Normaliser gives the same result wherever the text is cut", () => {
  const text = " É̀tude No. 12, «Révolutionnaire»: e\u0301\u0300 \u{1d11e}𝄞x😀 don't—  7 a\n\n b1 ";
  const whole = tokenizer.normalise(text);
  assertEquals(
    whole,
    "etude no one two revolutionnaire e x don t seven a b one",
  );
  for (let size = 1; size <= text.length; size++) {
    assertEquals(normaliseInPieces(text, size), whole, `pieces of ${size}`);
  }
});

Deno.test("Text8Normaliser takes a lone half of a surrogate pair for space", () => {
  assertEquals(tokenizer.normalise("a\ud83db"), "a b");
  assertEquals(normaliseInPieces("a\ud83db", 1), "a b");
  assertEquals(tokenizer.normalise("a\ud83d"), "a");
});

Deno.test("Text8Tokenizer.encode() gives stable ids", () => {
  assertEquals(tokenizer.encode("A z"), [4, 3, 29]);
  assertEquals(tokenizer.encode("!"), []);
  const { name, vocabSize, bosId, eosId, padId } = tokenizer;
  assertEquals([name, vocabSize, bosId, eosId, padId], ["text8", 30, 0, 1, 2]);
});

Deno.test("Text8Tokenizer.fingerprint stays the same from version to version", () => {
  assertEquals(
    tokenizer.fingerprint,
    "a7c6e2a9bc9585e9acfd21206c83d7d46d43314be3123546e03b962b3abb4cbc",
  );
});

Deno.test("Text8Tokenizer.encoder() encodes texts in pieces, one after the other", () => {
  const encoder = tokenizer.encoder();
  for (const text of ["Two words, 2.", "é", ""]) {
    const ids = [...text].flatMap((piece) => encoder.push(piece));
    assertEquals([...ids, ...encoder.finish()], tokenizer.encode(text), text);
  }
});

Deno.test("Text8Tokenizer.decode() gives back the normal form", () => {
  const text = "The year 1990: ÉCLAIR.";
  assertEquals(tokenizer.decode(tokenizer.encode(text)), tokenizer.normalise(text));
});

Deno.test("Text8Tokenizer.decode() shows an EOS between texts as a newline", () => {
  const { bosId, eosId, padId } = tokenizer;
  const [a, b] = [tokenizer.encode("ab"), tokenizer.encode("c")];
  const ids = [bosId, eosId, ...a, eosId, padId, ...b, eosId, eosId];
  assertEquals(tokenizer.decode(new Uint32Array(ids)), "ab\nc");
  assertEquals(tokenizer.decodeBatch([a, [], b]), ["ab", "", "c"]);
});

Deno.test("Text8Tokenizer.decode() throws when an id is outside the vocabulary", () => {
  assertThrows(() => tokenizer.decode([4, 30]), DataError, "token id 30 at position 1");
  assertThrows(() => tokenizer.decode([-1]), DataError, "0 to 29");
});
