/**
 * Vocabularies from files.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import { createTokenizer } from "../../lib/text/tokenizer.ts";

const TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "cat", "##s", "."];

/** Makes BERT's tokenizer from a file with this text. */
async function fromText(text: string) {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, text);
    return await createTokenizer("bert-base-uncased", { file });
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replaceAll(file, "FILE");
    throw error;
  } finally {
    await Deno.remove(file);
  }
}

const lines = (tokens: readonly string[]) => tokens.join("\n");

function json(tokens: readonly string[], changes: Record<string, unknown> = {}): string {
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  return JSON.stringify({ model: { type: "WordPiece", vocab }, ...changes });
}

Deno.test("createTokenizer() makes the same tokenizer of vocab.txt and tokenizer.json", async () => {
  const texts = [lines(TOKENS), TOKENS.join("\r\n") + "\r\n", json(TOKENS)];
  const tokenizers = await Promise.all(texts.map(fromText));
  for (const tokenizer of tokenizers) {
    const { vocabSize, bosId, eosId, padId, vocabulary } = tokenizer;
    assertEquals([vocabSize, bosId, eosId, padId, vocabulary], [8, 2, 3, 0, `${lines(TOKENS)}\n`]);
    assertEquals(tokenizer.fingerprint, tokenizers[0]!.fingerprint);
    assertEquals(tokenizer.encode("The cats, cats."), [4, 5, 6, 1, 5, 6, 7]);
  }
});

Deno.test("createTokenizer() says what is wrong with a file", async () => {
  const complains = (text: string, fault: string) =>
    assertRejects(
      () => fromText(text),
      DataError,
      `Cannot use the tokenizer file FILE: ${fault}. Expected the vocabulary of an uncased BERT`,
    );
  await complains("", "its token 0 is empty");
  await complains(lines(TOKENS.slice(1)), "it has no token [PAD]");
  await complains(lines([...TOKENS, "cat"]), 'its tokens 5 and 8 are both "cat"');
  await complains(lines([...TOKENS, "", "dog"]), "its token 8 is empty");
  await complains(
    json(TOKENS, { normalizer: { lowercase: false } }),
    "it tells capitals from small letters",
  );
  await complains(
    json(TOKENS, { model: { type: "BPE" } }),
    'its model.type is "BPE", not WordPiece',
  );
  await complains(json(TOKENS, { model: { type: "WordPiece" } }), "it has no model.vocab");
  const vocab = { "[PAD]": 0, "[UNK]": 2 };
  await complains(
    json(TOKENS, { model: { type: "WordPiece", vocab } }),
    'the id of "[UNK]" is 2, expected 1',
  );
  await assertRejects(() => fromText('{"model'), DataError, "it is not JSON (");
  await assertRejects(
    () => createTokenizer("bert-base-uncased", { file: "no/such/vocab.txt" }),
    DataError,
    "no/such/vocab.txt",
  );
});
