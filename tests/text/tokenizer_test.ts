/**
 * Tests of the tokenizer factory.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { ConfigError } from "../../lib/errors.ts";
import { createTokenizer, TOKENIZER_NAMES } from "../../lib/text/create_tokenizer.ts";

Deno.test("createTokenizer() makes every tokenizer that it names", async () => {
  // What has no vocabulary of its own: see bpe_test.ts and ids_test.ts.
  for (const name of TOKENIZER_NAMES.filter((name) => !["bpe", "ids"].includes(name))) {
    const tokenizer = await createTokenizer(name);
    assertEquals(tokenizer.name, name);
    for (const id of [tokenizer.bosId, tokenizer.eosId, ...tokenizer.encode("a b c")]) {
      assertEquals(id >= 0 && id < tokenizer.vocabSize, true, `${name}: ${id}`);
    }
  }
});

Deno.test("createTokenizer() rejects when a tokenizer is yet to be learned", async () => {
  await assertRejects(
    () => createTokenizer("bpe"),
    ConfigError,
    "The tokenizer bpe is learned from a corpus when token shards are made, and has no vocabulary",
  );
});

Deno.test("createTokenizer() rejects when there is no such tokenizer", async () => {
  await assertRejects(
    () => createTokenizer("text9"),
    ConfigError,
    "must be one of text8, letters, gpt2, bpe, bert-base-uncased, ids.",
  );
  await assertRejects(() => createTokenizer("toString"), ConfigError, `"toString"`);
  await assertRejects(
    () => createTokenizer("text8", { file: "vocab.txt" }),
    ConfigError,
    "The tokenizer text8 takes no file, but data.tokenizerFile is vocab.txt: it is for gpt2, bert",
  );
});
