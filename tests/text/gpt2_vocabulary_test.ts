/**
 * GPT-2's vocabulary from files.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import { Gpt2Tokenizer } from "../../lib/text/gpt2.ts";
import {
  gpt2Layout,
  idsByToken,
  type JsonParts,
  mergesOf,
  withFiles,
} from "../testing/tokenizer_files.ts";

const { fingerprint, vocabulary } = await Gpt2Tokenizer.create();
const TEXT_TOKENS = vocabulary.trimEnd().split("\n");
const TOKENS = [...TEXT_TOKENS, "<|endoftext|>"];
const MERGES = mergesOf(TEXT_TOKENS);
const MERGES_TXT = `#version: 0.2\n${MERGES.join("\n")}\n`;
const VOCAB_JSON = JSON.stringify(idsByToken(TOKENS));

/** The fingerprint of the tokenizer of a file, `name` unless there is one only. */
function fingerprintOf(files: Record<string, string>, name = Object.keys(files)[0]!) {
  return withFiles(
    files,
    async (path) => (await Gpt2Tokenizer.create(path(name))).fingerprint,
  );
}

const fromJson = (model: JsonParts = {}, parts: JsonParts = {}) =>
  fingerprintOf({ "tokenizer.json": JSON.stringify(gpt2Layout(TOKENS, MERGES, model, parts)) });

Deno.test("gpt2Vocabulary() reads tokenizer.json of several versions", async () => {
  assertEquals(await fromJson(), fingerprint);
  // As published: no type, merges as texts, no use_regex.
  const { type: _, ignore_merges: __, ...published } = gpt2Layout(TOKENS, MERGES, {
    merges: MERGES,
  }).model as JsonParts;
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };
  const text = JSON.stringify(gpt2Layout([], [], {}, {
    model: published,
    pre_tokenizer: byteLevel,
  }));
  assertEquals(await fingerprintOf({ "tokenizer.json": text }), fingerprint);
  assertEquals(
    await fromJson({ continuing_subword_prefix: null, end_of_word_suffix: null, dropout: 0 }, {
      added_tokens: [{ id: 50257, content: "[PAD]", special: true }],
    }),
    fingerprint,
  );
  assertEquals(
    await fromJson({ unk_token: "<|endoftext|>", fuse_unk: true, ignore_merges: true }, {
      pre_tokenizer: { type: "Sequence", pretokenizers: [byteLevel] },
    }),
    fingerprint,
  );
  const bare = { model: { type: "BPE", vocab: idsByToken(TOKENS) } };
  assertEquals(await fingerprintOf({ "x.json": JSON.stringify(bare) }), fingerprint);
});

Deno.test("gpt2Vocabulary() finds vocab.json and merges.txt by either", async () => {
  const pair = { "vocab.json": VOCAB_JSON, "merges.txt": MERGES_TXT };
  assertEquals(await fingerprintOf(pair, "vocab.json"), fingerprint);
  assertEquals(await fingerprintOf(pair, "merges.txt"), fingerprint);
  const spaced = { ...pair, "merges.txt": `${MERGES_TXT.replace("\n", "\n\n")}\n\n` };
  assertEquals(await fingerprintOf(spaced, "vocab.json"), fingerprint);
  const older = {
    "gpt2-encoder.json": VOCAB_JSON,
    "gpt2-vocab.bpe": MERGES_TXT.replace("#version: 0.2\n", "").replaceAll("\n", "\r\n"),
  };
  assertEquals(await fingerprintOf(older, "gpt2-encoder.json"), fingerprint);
  assertEquals(await fingerprintOf(older, "gpt2-vocab.bpe"), fingerprint);
});

Deno.test("gpt2Vocabulary() takes no other vocabulary", async () => {
  const complains = (files: Record<string, string>, message: string, name?: string) =>
    assertRejects(() => fingerprintOf(files, name), DataError, message);
  const lines = (tokens: readonly string[]) => tokens.join("\n");
  await complains(
    { "vocab.txt": vocabulary.replace("Ġthe\n", "Ġteh\n") },
    "vocab.txt: its tokens are not GPT-2's. Expected the vocabulary of GPT-2",
  );
  await complains({ "vocab.txt": lines([...TOKENS, "[PAD]", "<x>"]) }, 'has no token 50258, "<x>"');
  await complains({ "vocab.json": VOCAB_JSON }, "merges.txt");
  await complains({ "merges.txt": MERGES_TXT }, "vocab.json");
  await complains({ "gpt2.json": VOCAB_JSON }, "names must end in vocab.json and merges.txt, or");
  const changed = [MERGES[1]!, MERGES[0]!, ...MERGES.slice(2)];
  await complains(
    { "vocab.json": VOCAB_JSON, "merges.txt": lines(changed) },
    "its merges are not GPT-2's",
  );
  await assertRejects(() => fromJson({ merges: changed }), DataError, "its merges are not GPT-2's");
  await assertRejects(
    () => fromJson({ merges: [...MERGES, ["a", 1]] }),
    DataError,
    'model.merges[50000]: expected a pair such as "a b" or ["a", "b"], found the list ["a",1]',
  );
  await complains({ "vocab.json": '{"a": 0, "b": 1}' }, "its tokens are not GPT-2's");
});

Deno.test("gpt2Vocabulary() names a setting that would change ids", async () => {
  const complains = (model: JsonParts, parts: JsonParts, message: string) =>
    assertRejects(() => fromJson(model, parts), DataError, message);
  const splitter = (changes: JsonParts) => ({
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, ...changes },
  });
  await complains(
    {},
    splitter({ add_prefix_space: true }),
    "pre_tokenizer.add_prefix_space: expected false, found true; text would get other ids here",
  );
  await complains({}, splitter({ use_regex: false }), "pre_tokenizer.use_regex: expected true");
  await complains({}, splitter({ type: "Metaspace" }), 'expected the type "ByteLevel"');
  await complains({}, { pre_tokenizer: null }, "pre_tokenizer: expected the type");
  await complains({}, { normalizer: { type: "NFC" } }, "normalizer: expected null, found");
  await complains({ dropout: 0.1 }, {}, "model.dropout: expected null or 0, found 0.1");
  await complains(
    { continuing_subword_prefix: "##" },
    {},
    'model.continuing_subword_prefix: expected null or "", found "##"',
  );
  await complains({ end_of_word_suffix: "</w>" }, {}, "model.end_of_word_suffix: expected null");
  await complains(
    {},
    { added_tokens: [{ id: 50258, content: "<name>", special: false }] },
    'added_tokens[0]: expected one of <|endoftext|> and [PAD], found "<name>"',
  );
  await complains({}, { truncation: { max_length: 8 } }, "truncation: expected null");
  await complains(
    {},
    { post_processor: { type: "BertProcessing", sep: ["[SEP]", 1], cls: ["[CLS]", 0] } },
    "post_processor: expected no specials but <|endoftext|> and [PAD]",
  );
});
