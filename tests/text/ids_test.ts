/**
 * Token ids in place of text.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { parseConfig } from "../../lib/config/config.ts";
import { ConfigError, DataError } from "../../lib/errors.ts";
import { createTokenizer } from "../../lib/text/create_tokenizer.ts";
import { IdsTokenizer } from "../../lib/text/ids.ts";
import { withFolder } from "../testing/folder.ts";

Deno.test("IdsTokenizer writes ids as numbers, and reads them", async () => {
  const tokenizer = await IdsTokenizer.ofSize(37);
  assertEquals(tokenizer.decode([12, 0, 36]), "12 0 36");
  assertEquals(tokenizer.encode(" 12\n0  36 37 -1 x 1e1 0x5 999999999999999999999"), [12, 0, 36]);
  assertEquals(tokenizer.normalise("5  a 7"), "5 7");
  const encoder = tokenizer.encoder();
  const ids = ["1", "2 3", " ", "6"].flatMap((piece) => encoder.push(piece));
  assertEquals([...ids, ...encoder.finish()], [12, 3, 6]);
  assertEquals(encoder.finish(), []);
});

Deno.test("IdsTokenizer takes no part of a word that is too long for a number", async () => {
  const tokenizer = await IdsTokenizer.ofSize(37);
  const text = `1 ${"0".repeat(9)}2 3${"x".repeat(40)}4 000000005 6`;
  const expected = [1, 5, 6];
  assertEquals(tokenizer.encode(text), expected);
  for (let length = 1; length < text.length; length++) {
    const encoder = tokenizer.encoder();
    const ids: number[] = [];
    for (let at = 0; at < text.length; at += length) {
      ids.push(...encoder.push(text.slice(at, at + length)));
    }
    assertEquals([...ids, ...encoder.finish()], expected, `pieces of ${length}`);
  }
});

Deno.test("createTokenizer() makes ids of its own vocabulary, and of no other", () =>
  withFolder(async (folder) => {
    const tokenizer = await IdsTokenizer.ofSize(5);
    const file = `${folder}/vocab.txt`;
    await Deno.writeTextFile(file, tokenizer.vocabulary);
    const again = await createTokenizer("ids", { file });
    assertEquals([again.vocabSize, again.fingerprint], [5, tokenizer.fingerprint]);
    await Deno.writeTextFile(file, "0\n1\n3\n");
    await assertRejects(
      () => createTokenizer("ids", { file }),
      DataError,
      "its token 2 is not the number 2",
    );
    await assertRejects(() => createTokenizer("ids"), ConfigError, "needs data.tokenizerFile");
  }));

Deno.test("parseConfig() wants blocks of ids unwrapped", async () => {
  const config = (packing: string) =>
    Promise.resolve().then(() =>
      parseConfig({
        name: "a",
        data: {
          source: { kind: "file", path: "a.txt" },
          tokenizer: "ids",
          length: 8,
          packing,
          dir: "shards/a",
        },
        model: { hiddenSize: 8, numBlocks: 1, numHeads: 1 },
        train: { numSteps: 1, batchSize: 1 },
      })
    );
  assertEquals((await config("unwrapped")).data.tokenizer, "ids");
  await assertRejects(() => config("stream"), ConfigError, "data.packing: expected unwrapped");
});
