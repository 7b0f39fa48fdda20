/**
 * Tokenizers from files.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import { bertVocabulary } from "../../lib/text/bert_vocabulary.ts";
import { createTokenizer } from "../../lib/text/create_tokenizer.ts";
import { tokenizerFileName } from "../../lib/text/tokenizer_file.ts";
import { withFolder } from "../testing/folder.ts";
import { pathsOf, UNEXPECTED_VALUES, withValueAt } from "../testing/json_damage.ts";
import {
  bertLayout,
  bertNormalizer,
  idsByToken,
  type JsonParts,
  withFiles,
} from "../testing/tokenizer_files.ts";

const TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "cat", "##s", "."];

/** Makes BERT's tokenizer from a file with this text. */
function fromText(text: string, name = "file") {
  return withFiles(
    { [name]: text },
    (path) => createTokenizer("bert-base-uncased", { file: path(name) }),
  );
}

/** Checks the message of the error for a file with this text; FILE stands for its path. */
async function assertRefused(text: string, message: string): Promise<void> {
  const error = await assertRejects(() => fromText(text), DataError);
  const found = error.message.replaceAll(/\/\S*\/file/g, "FILE");
  assert(found.includes(message), `${found}\nlacks\n${message}`);
  assert(found.length < 400, found);
}

const lines = (tokens: readonly string[]) => tokens.join("\n");

function json(tokens: readonly string[], parts: JsonParts = {}): string {
  return JSON.stringify({ model: { type: "WordPiece", vocab: idsByToken(tokens) }, ...parts });
}

Deno.test("createTokenizer() makes the same tokenizer of vocab.txt and tokenizer.json", async () => {
  const whole = bertLayout(TOKENS);
  // Versions before 0.9 write no type, earlier ones had another post-processor.
  const { type: _, ...untyped } = whole.model as JsonParts;
  const processor = { type: "BertProcessing", sep: ["[SEP]", 3], cls: ["[CLS]", 2] };
  const texts = [
    lines(TOKENS),
    TOKENS.join("\r\n") + "\r\n",
    json(TOKENS),
    JSON.stringify(whole),
    JSON.stringify(whole, null, 2),
    JSON.stringify({ ...whole, model: untyped }),
    JSON.stringify({ ...whole, model: untyped, post_processor: processor }),
    JSON.stringify({ ...whole, model: untyped, added_tokens: undefined, post_processor: null }),
    JSON.stringify(idsByToken(TOKENS)),
  ];
  const tokenizers = await Promise.all(texts.map((text) => fromText(text)));
  for (const tokenizer of tokenizers) {
    const { vocabSize, bosId, eosId, padId, vocabulary } = tokenizer;
    assertEquals([vocabSize, bosId, eosId, padId, vocabulary], [8, 2, 3, 0, `${lines(TOKENS)}\n`]);
    assertEquals(tokenizer.fingerprint, tokenizers[0]!.fingerprint);
    assertEquals(tokenizer.encode("The cats, cats."), [4, 5, 6, 1, 5, 6, 7]);
  }
});

Deno.test("tokenizerFileName() is the name by which a file is known", async () => {
  assertEquals(tokenizerFileName(lines(["{", ...TOKENS])), "vocab.txt");
  assertEquals(tokenizerFileName((await fromText(json(TOKENS))).vocabulary!), "vocab.txt");
  const cased = await fromText(JSON.stringify(bertLayout(TOKENS, {}, { normalizer: null })));
  assertEquals(tokenizerFileName(cased.vocabulary!), "tokenizer.json");
});

Deno.test("createTokenizer() takes a vocab.txt that begins with a brace for one", async () => {
  const tokenizer = await fromText(lines(["{", ...TOKENS, "}"]));
  assertEquals(tokenizer.encode("{ the }"), [0, 5, 9]);
});

Deno.test("createTokenizer() says what is wrong with a file", async () => {
  const complains = (text: string, fault: string) =>
    assertRefused(
      text,
      `Cannot use the tokenizer file FILE: ${fault}. Expected the vocabulary of a BERT`,
    );
  await complains("", "its token 0 is empty");
  await complains(lines(TOKENS.slice(1)), 'it has no token "[PAD]"');
  await complains(lines([...TOKENS, "cat"]), 'its tokens 5 and 8 are both "cat"');
  await complains(lines([...TOKENS, "", "dog"]), "its token 8 is empty");
  const long = "x".repeat(1e5);
  await assertRefused(lines([...TOKENS, long, long]), "its tokens 8 and 9 are both");
  await assertRefused('{"model', "it is not JSON (");
  await assertRejects(
    () => createTokenizer("bert-base-uncased", { file: "no/such/vocab.txt" }),
    DataError,
    "no/such/vocab.txt",
  );
});

Deno.test("createTokenizer() names the field of a tokenizer.json that is not as it must be", async () => {
  const complains = (parts: JsonParts, message: string) =>
    assertRefused(json(TOKENS, parts), message);
  const vocab = idsByToken(TOKENS);
  await complains({ model: undefined }, "model is missing: expected a mapping");
  await complains({ model: [] }, "model: expected a mapping, found the list []");
  await complains(
    { model: { type: "BPE", vocab, merges: [] } },
    'model.type: expected "WordPiece", found "BPE"',
  );
  await complains({ model: { vocab } }, 'model.type: expected "WordPiece", found nothing');
  await complains({ model: { vocab, merges: [] } }, 'expected "WordPiece", found "BPE"');
  await complains({ model: { type: "WordPiece" } }, "model.vocab is missing: expected a mapping");
  await complains(
    { model: { type: "WordPiece", vocab: { ...vocab, dog: { toString: 1, valueOf: null } } } },
    'model.vocab["dog"]: expected an integer of at least 0, found the mapping {"toString":1',
  );
  await complains(
    { model: { type: "WordPiece", vocab: { "[PAD]": 0, "[UNK]": 2 } } },
    'the id of "[UNK]" is 2, expected 1',
  );
  const deep = `{"model":{"type":${"[".repeat(1e5)}${"]".repeat(1e5)}}}`;
  await assertRefused(deep, 'model.type: expected "WordPiece", found the list [[[');
  await assertRefused("{}", "model is missing");
});

Deno.test("bertVocabulary() throws nothing but DataError, whatever stands in a tokenizer.json", async () => {
  const layouts = [
    bertLayout(TOKENS),
    bertLayout(TOKENS, { merges: ["a b"] }, {
      normalizer: { type: "Sequence", normalizers: [bertNormalizer()] },
      pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "BertPreTokenizer" }] },
      post_processor: { type: "BertProcessing", sep: ["[SEP]", 3], cls: ["[CLS]", 2] },
    }),
  ];
  await withFolder(async (folder) => {
    const file = `${folder}/tokenizer.json`;
    for (const layout of layouts) {
      for (const path of pathsOf(layout)) {
        for (const value of UNEXPECTED_VALUES) {
          await Deno.writeTextFile(file, withValueAt(layout, path, value));
          try {
            await bertVocabulary(file);
          } catch (error) {
            assert(error instanceof DataError, `${path} = ${value.slice(0, 20)}: ${error}`);
            assert(error.message.length < 600, error.message);
          }
        }
      }
    }
  });
});
