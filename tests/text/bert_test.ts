/**
 * Tests of BERT's tokenizer, also against another implementation.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { Tokenizer as Peer } from "@huggingface/tokenizers";
import { DataError } from "../../lib/errors.ts";
import { BertTokenizer } from "../../lib/text/bert.ts";
import { bertLayout } from "../testing/tokenizer_files.ts";
import { assertAnyCut, HARD_TEXT, randomTexts, realText } from "../testing/tokenizer_texts.ts";

const tokenizer = await BertTokenizer.create();
const tokens = tokenizer.vocabulary.trimEnd().split("\n");

/** The tokens of a text, in words. */
const split = (text: string) => tokenizer.encode(text).map((id) => tokens[id]).join(" ");

/** Hugging Face's implementation for JavaScript, with the same vocabulary and no specials. */
const peer = new Peer(bertLayout(tokens, {}, { added_tokens: [], post_processor: null }), {});

Deno.test("BertTokenizer has the ids of bert-base-uncased", () => {
  const { name, vocabSize, bosId, eosId, padId } = tokenizer;
  assertEquals([name, vocabSize, bosId, eosId, padId], ["bert-base-uncased", 30522, 101, 102, 0]);
  assertEquals(
    tokenizer.fingerprint,
    "aeb8be0338be66417a308b2c8bac2db2fa568ebec7f62f5c874cd318d77f44f9",
  );
  assertEquals(tokenizer.encode("Hello, world!"), [7592, 1010, 2088, 999]);
});

Deno.test("BertTokenizer.encode() follows BERT's rules", () => {
  const cases: [string, string][] = [
    ["", ""],
    [" \t\n\r ", ""],
    ["Unaffable", "una ##ffa ##ble"],
    ["CAFÉ na\u0131\u0308ve e\u0301", "cafe na ##ı ##ve e"],
    ["don't$1.5<=2", "don ' t $ 1 . 5 < = 2"],
    ["東京x", "東 京 x"],
    ["a\u0000b\u200bc\ufffd\ufeffd\u0085e", "abc ##de"],
    ["a\u00a0b\u3000c\u2028d", "a b c d"],
    ["ΟΔΟΣ", "ο ##δ ##ο ##σ"],
    ["İ", "i"],
    ["\u2260", "="],
    ["x😀 y", "[UNK] y"],
    ["[SEP]", "[ sep ]"],
    ["a".repeat(101), "[UNK]"],
    ["\u{10330}".repeat(101), "[UNK]"],
  ];
  for (const [text, expected] of cases) assertEquals(split(text), expected, JSON.stringify(text));
  assertEquals(split("a".repeat(100)).replaceAll(/ ##|a/g, ""), "");
});

Deno.test("BertTokenizer gives ids and text of another implementation for real text", async () => {
  for (const line of (await realText()).split("\n")) {
    const { ids } = peer.encode(line);
    assertEquals(tokenizer.encode(line), ids, line);
    if (ids.length > 0) assertEquals(tokenizer.decode(ids), peer.decode(ids), line);
  }
});

Deno.test("BertTokenizer gives ids and text of another implementation for random text", () => {
  for (const text of randomTexts(3000)) {
    const { ids } = peer.encode(text);
    assertEquals(tokenizer.encode(text), ids, JSON.stringify(text));
    if (ids.length > 0) assertEquals(tokenizer.decode(ids), peer.decode(ids), text);
  }
});

Deno.test("BertTokenizer.decode() joins words as people write them", () => {
  const round = (text: string) => tokenizer.decode(tokenizer.encode(text));
  assertEquals(round("I don't know, he said . Is it ? No !"), "i don't know, he said. is it? no!");
  assertEquals(round("do n't we 've they 're it 's I 'm"), "don't we've they're it's i'm");
  assertEquals(round("a ( b ) - $5"), "a ( b ) - $ 5");
  for (const text of [HARD_TEXT, ...randomTexts(300)]) {
    assertEquals(round(text), tokenizer.normalise(text));
  }
});

Deno.test("BertTokenizer.decode() shows an EOS between texts as a newline", () => {
  const { bosId, eosId, padId } = tokenizer;
  const [a, b] = [tokenizer.encode("Unaffable"), tokenizer.encode("b .")];
  const ids = [bosId, ...a, eosId, padId, bosId, ...b, eosId, eosId];
  assertEquals(tokenizer.decode(new Uint32Array(ids)), "unaffable\nb.");
  assertEquals(tokenizer.decodeBatch([[100, 103], [], [2015]]), ["[UNK] [MASK]", "", "##s"]);
  assertThrows(() => tokenizer.decode([1, 30522]), DataError, "token id 30522 at position 1: the");
  assertThrows(() => tokenizer.decode([-1]), DataError, "has the ids 0 to 30521.");
});

Deno.test("BertTokenizer.encoder() gives the ids of the whole text wherever it is cut", () => {
  for (const text of ["", HARD_TEXT, ...randomTexts(300)]) assertAnyCut(tokenizer, text);
});
