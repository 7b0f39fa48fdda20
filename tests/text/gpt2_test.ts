/**
 * Tests of GPT-2's tokenizer, also against another implementation.
 *
 * @module
 */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { encode as encodeByPeer } from "gpt-3-encoder";
import { DataError } from "../../lib/errors.ts";
import { BytePairs } from "../../lib/text/byte_pairs.ts";
import { bytesOfToken } from "../../lib/text/byte_alphabet.ts";
import { Gpt2Tokenizer } from "../../lib/text/gpt2.ts";
import { withFolder } from "../testing/folder.ts";
import { assertAnyCut, HARD_TEXT, randomTexts, realText } from "../testing/tokenizer_texts.ts";

const tokenizer = await Gpt2Tokenizer.create();

Deno.test("Gpt2Tokenizer has the ids of the reference's tokenizer", () => {
  const { name, vocabSize, bosId, eosId, padId } = tokenizer;
  assertEquals([name, vocabSize, bosId, eosId, padId], ["gpt2", 50258, 50256, 50256, 50257]);
  assertEquals(
    tokenizer.fingerprint,
    "f6f38d9f871f32927abf528dfdee5cbf800989f3d1a9cf5531676788846057c3",
  );
});

Deno.test("Gpt2Tokenizer.encode() gives stable ids", () => {
  assertEquals(tokenizer.encode(""), []);
  assertEquals(tokenizer.encode("Hello world"), [15496, 995]);
  assertEquals(tokenizer.encode("😀"), [47249, 222]);
});

Deno.test("Gpt2Tokenizer merges the bytes of every token to that token", () => {
  const bytes = tokenizer.vocabulary.trimEnd().split("\n").map(bytesOfToken);
  const pairs = new BytePairs(bytes);
  const ids: number[] = [];
  for (const each of bytes) {
    pairs.encodeInto(new DataView(each.buffer), 0, each.length, ids);
  }
  assertEquals(ids, Array.from(bytes, (_, id) => id));
});

Deno.test("Gpt2Tokenizer.encode() gives the ids of another implementation for real text", async () => {
  const text = await realText();
  assertEquals(tokenizer.encode(text), encodeByPeer(text));
});

Deno.test("Gpt2Tokenizer.encode() gives the ids of another implementation for random text", () => {
  for (const text of randomTexts(3000)) {
    // The peer has JavaScript's white space, see below.
    const plain = text.replace(/[\u0085\ufeff]/g, "");
    assertEquals(tokenizer.encode(plain), encodeByPeer(plain), JSON.stringify(plain));
  }
});

Deno.test("Gpt2Tokenizer.encode() knows Unicode's white space, not JavaScript's", () => {
  // The ids are those of tiktoken 1.0.22.
  assertEquals(tokenizer.encode("\u0085x a\ufeff b"), [126, 227, 87, 257, 171, 119, 123, 275]);
  assertEquals(tokenizer.encode(" \ufeff"), [27332, 119, 123]);
  assertEquals(tokenizer.encode("a\u0085\u0085b"), [64, 126, 227, 126, 227, 65]);
});

Deno.test("Gpt2Tokenizer.encode() takes <|endoftext|> in a text for text", () => {
  assertEquals(tokenizer.encode("<|endoftext|>"), [27, 91, 437, 1659, 5239, 91, 29]);
});

Deno.test("Gpt2Tokenizer.encode() is not slowed down by words without end", () => {
  // Quadratic time would be minutes.
  const length = 1 << 19;
  assertEquals(tokenizer.encode("a".repeat(length)), new Array(length / 4).fill(24794));
  const mixed = "xyz!😀".repeat(1 << 14).replaceAll("!", "");
  assertEquals(tokenizer.decode(tokenizer.encode(mixed)), mixed);
  assertEquals(tokenizer.encode(" ".repeat(length)).length, length);
});

Deno.test("Gpt2Tokenizer.decode() gives every text back, lone surrogates as U+FFFD", () => {
  for (const text of [HARD_TEXT, "\ufeffa", ...randomTexts(1000)]) {
    assertEquals(tokenizer.normalise(text), text);
    assertEquals(tokenizer.decode(tokenizer.encode(text)), text);
  }
  assertEquals(tokenizer.normalise("a\ud83d b\ude00"), "a\ufffd b\ufffd");
  assertEquals(tokenizer.decode(tokenizer.encode("a\ud83d b\ude00")), "a\ufffd b\ufffd");
});

Deno.test("Gpt2Tokenizer.decode() shows EOS between texts as a newline, broken bytes as U+FFFD", () => {
  const { eosId, padId } = tokenizer;
  const [hello, world] = [tokenizer.encode("Hello"), tokenizer.encode(" world")];
  const ids = [eosId, ...hello, padId, eosId, eosId, ...world, eosId];
  assertEquals(tokenizer.decode(new Uint32Array(ids)), "Hello\n world");
  // The first half of an emoji: nothing of it may be left for the next text.
  assertEquals(
    tokenizer.decodeBatch([[47249], hello, [], [47249, 222]]),
    ["\ufffd", "Hello", "", "😀"],
  );
  assertThrows(() => tokenizer.decode([1, 50258]), DataError, "token id 50258 at position 1: the");
  assertThrows(() => tokenizer.decode([0.5]), DataError, "has the ids 0 to 50257.");
});

Deno.test("Gpt2Tokenizer.encoder() gives the ids of the whole text wherever it is cut", () => {
  for (const text of ["", HARD_TEXT, ...randomTexts(300)]) assertAnyCut(tokenizer, text);
});

Deno.test("Gpt2Tokenizer.create() takes GPT-2's vocabulary from a file, and no other", async () => {
  await withFolder(async (folder) => {
    const fingerprint = async (text: string) => {
      await Deno.writeTextFile(`${folder}/file`, text);
      return (await Gpt2Tokenizer.create(`${folder}/file`)).fingerprint;
    };
    const lines = tokenizer.vocabulary.trimEnd().split("\n");
    const vocab = Object.fromEntries([...lines, "<|endoftext|>"].map((token, id) => [token, id]));
    const json = JSON.stringify({ model: { type: "BPE", vocab } });
    assertEquals(await fingerprint(tokenizer.vocabulary), tokenizer.fingerprint);
    assertEquals(await fingerprint(json), tokenizer.fingerprint);
    await assertRejects(
      () => fingerprint(tokenizer.vocabulary.replace("Ġthe\n", "Ġteh\n")),
      DataError,
      `Cannot use the tokenizer file ${folder}/file: its tokens are not GPT-2's.`,
    );
  });
});
