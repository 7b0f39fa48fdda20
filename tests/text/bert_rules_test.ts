/**
 * The settings of a BERT's tokenizer.json, also against another implementation.
 *
 * @module
 */

import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { Tokenizer as Peer } from "@huggingface/tokenizers";
import { DataError } from "../../lib/errors.ts";
import { BertTokenizer } from "../../lib/text/bert.ts";
import {
  bertLayout,
  bertNormalizer,
  idsByToken,
  type JsonParts,
  withFiles,
} from "../testing/tokenizer_files.ts";
import { assertAnyCut, HARD_TEXT, randomTexts, realText } from "../testing/tokenizer_texts.ts";

const published = await BertTokenizer.create();
const uncased = published.vocabulary.trimEnd().split("\n");
/** With words that only other rules let through. */
const TOKENS = [...uncased, "The", "É", "é", "##é", "東京", "##京", "\u0301", "##\u0301", "##T"]
  .filter((token, i, all) => all.indexOf(token) === i);
const [THE, E_ACUTE, TOKYO] = ["The", "é", "東京"].map((token) => TOKENS.indexOf(token));

function fromFile(text: string): Promise<BertTokenizer> {
  return withFiles({ file: text }, (path) => BertTokenizer.create(path("file")));
}

function fromJson(model: JsonParts = {}, parts: JsonParts = {}): Promise<BertTokenizer> {
  return fromFile(JSON.stringify(bertLayout(TOKENS, model, parts)));
}

const withNormalizer = (normalizer: unknown) => fromJson({}, { normalizer });

Deno.test("BertTokenizer keeps capitals, accents and ideographs together as its file says", async () => {
  const ids = async (normalizer: unknown, text: string) =>
    (await withNormalizer(normalizer)).encode(text);
  const the = TOKENS.indexOf("the");
  assertEquals(await ids(bertNormalizer(), "The"), [the]);
  assertEquals(await ids(bertNormalizer({ lowercase: false }), "The"), [THE]);
  assertEquals(await ids(null, "The É"), [THE, TOKENS.indexOf("É")]);
  assertEquals(await ids(bertNormalizer({ strip_accents: false }), "É"), [E_ACUTE]);
  assertEquals(await ids(bertNormalizer(), "É"), [TOKENS.indexOf("e")]);
  assertEquals(await ids(bertNormalizer({ handle_chinese_chars: false }), "東京"), [TOKYO]);
  assertEquals(
    await ids({ type: "Sequence", normalizers: [bertNormalizer({ lowercase: false })] }, "The"),
    [THE],
  );
  // U+FEFF is a format, and clean_text would remove it.
  assertEquals(await ids(bertNormalizer({ clean_text: false }), "\ufeffthe"), [
    TOKENS.indexOf("[UNK]"),
  ]);
});

Deno.test("BertTokenizer heeds the unknown token, the prefix and the longest word of its file", async () => {
  const unknown = await fromJson({ unk_token: "[MASK]" });
  assertEquals(unknown.encode("😀"), [TOKENS.indexOf("[MASK]")]);
  const short = await fromJson({ max_input_chars_per_word: 2 });
  assertEquals(short.encode("the of"), [TOKENS.indexOf("[UNK]"), TOKENS.indexOf("of")]);
  const prefixed = await fromJson({ continuing_subword_prefix: "s" });
  const pieces = ["nova", "sino"];
  assertEquals(prefixed.encode("novaino"), pieces.map((each) => TOKENS.indexOf(each)));
  assertEquals(prefixed.decode(prefixed.encode("novaino")), "novaino");
});

Deno.test("BertTokenizer gives the ids of another implementation under other rules", async () => {
  const lines = [...(await realText()).slice(0, 40_000).split("\n"), ...randomTexts(300)];
  const choices = [true, false];
  for (const strip_accents of [null, ...choices]) {
    for (const lowercase of choices) {
      for (const handle_chinese_chars of choices) {
        const normalizer = bertNormalizer({ strip_accents, lowercase, handle_chinese_chars });
        const peer = new Peer(
          bertLayout(TOKENS, {}, { normalizer, added_tokens: [], post_processor: null }) as never,
          {},
        );
        const tokenizer = await withNormalizer(normalizer);
        for (const line of lines) {
          assertEquals(tokenizer.encode(line), peer.encode(line).ids, line);
        }
      }
    }
  }
});

Deno.test("BertTokenizer has a fingerprint and a vocabulary for its rules", async () => {
  const rules = [bertNormalizer({ lowercase: false }), bertNormalizer({ strip_accents: false })];
  const plain = await fromJson();
  for (const normalizer of [...rules, null]) {
    const tokenizer = await withNormalizer(normalizer);
    assertNotEquals(tokenizer.fingerprint, plain.fingerprint);
    const again = await fromFile(tokenizer.vocabulary);
    assertEquals(again.fingerprint, tokenizer.fingerprint);
    assertEquals(again.encode("The É"), tokenizer.encode("The É"));
    assertEquals(again.vocabulary, tokenizer.vocabulary);
  }
  // What is written out and is the default changes nothing.
  const written = await withNormalizer(bertNormalizer({ strip_accents: true }));
  assertEquals(written.fingerprint, plain.fingerprint);
  assertEquals(written.vocabulary, `${TOKENS.join("\n")}\n`);
});

Deno.test("BertTokenizer has a vocabulary from which tokens of several lines come back", async () => {
  const specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"];
  for (const first of ["a\nb", "\r", "x\r", "\ufeff!", '{"a":', '{"a": 1', "#version: 0.2"]) {
    const json = JSON.stringify(bertLayout([first, ...specials, "b", "x", "!"]));
    const { fingerprint, vocabulary } = await fromFile(json);
    assertEquals((await fromFile(vocabulary)).fingerprint, fingerprint, first);
  }
});

Deno.test("BertTokenizer.encoder() gives the ids of the whole text under any rules", async () => {
  const keeping = bertNormalizer({ clean_text: false, handle_chinese_chars: false });
  for (const normalizer of [null, bertNormalizer({ strip_accents: false }), keeping]) {
    const tokenizer = await withNormalizer(normalizer);
    for (const text of [HARD_TEXT, ...randomTexts(100)]) assertAnyCut(tokenizer, text);
  }
});

Deno.test("BertTokenizer.create() names a setting that it does not heed", async () => {
  const complains = async (model: JsonParts, parts: JsonParts, message: string) => {
    await assertRejects(() => fromJson(model, parts), DataError, message);
  };
  const part = (parts: JsonParts, message: string) => complains({}, parts, message);
  await part(
    { normalizer: { type: "NFKC" } },
    'normalizer.type: expected "BertNormalizer", found "NFKC"; text would get other ids here',
  );
  await part({ normalizer: { lowercase: false } }, "normalizer.type is missing");
  await part({ normalizer: "lower" }, "normalizer: expected a mapping of keys");
  await part(
    { normalizer: bertNormalizer({ lowercase: "yes" }) },
    'normalizer.lowercase: expected true or false, found "yes"',
  );
  await part({ normalizer: { type: "BertNormalizer" } }, "normalizer.clean_text is missing");
  await part(
    { normalizer: { type: "Sequence", normalizers: [{ type: "NFD" }, { type: "Lowercase" }] } },
    'normalizer.type: expected "BertNormalizer", found "Sequence"',
  );
  await part(
    { normalizer: { type: "Sequence", normalizers: [{ type: "Strip" }] } },
    'normalizer.normalizers[0].type: expected "BertNormalizer", found "Strip"',
  );
  await part(
    { pre_tokenizer: { type: "Whitespace" } },
    'pre_tokenizer.type: expected "BertPreTokenizer", found "Whitespace"',
  );
  await part({ pre_tokenizer: null }, 'pre_tokenizer: expected the type "BertPreTokenizer"');
  await part({ truncation: { max_length: 8 } }, "truncation: expected null (see data.packing)");
  await part({ padding: { pad_id: 0 } }, "padding: expected null (see data.packing)");
  await part(
    { post_processor: { type: "RobertaProcessing", sep: ["</s>", 2], cls: ["<s>", 0] } },
    'post_processor: expected no specials but [CLS] and [SEP], found "<s>"',
  );
  const added = (content: string, special: boolean, id = TOKENS.indexOf(content)) => ({
    added_tokens: [{ id, content, special }],
  });
  await part(
    added("cat", false),
    'added_tokens[0]: expected a special token, found "cat"; text would get other ids',
  );
  await part(added("<x>", true, TOKENS.length), "added_tokens[0]: expected a token of model.vocab");
  await part(added("cat", true), "added_tokens[0]: expected a token that is no word");
  await complains({ unk_token: "<unk>" }, {}, 'it has no token "<unk>"');
  await complains(
    { max_input_chars_per_word: "100" },
    {},
    'model.max_input_chars_per_word: expected an integer of at least 0, found "100"',
  );
  await complains(
    { vocab: idsByToken(TOKENS.slice(1)) },
    { added_tokens: [] },
    'it has no token "[PAD]"',
  );
});
