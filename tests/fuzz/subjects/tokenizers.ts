/**
 * Files of tokenizers.
 *
 * @module
 */

import { createTokenizer } from "../../../lib/text/create_tokenizer.ts";
import { readTokenizerFile } from "../../../lib/text/tokenizer_file.ts";
import { learnTokenizer } from "../../testing/bpe.ts";
import {
  bertLayout,
  bertNormalizer,
  gpt2Layout,
  idsByToken,
} from "../../testing/tokenizer_files.ts";
import { HARD_TEXT } from "../../testing/tokenizer_texts.ts";
import { damagedJson } from "../damage/json.ts";
import { damagedText, decoded, encoded } from "../damage/text.ts";
import type { Damage, Subject } from "../subject.ts";

const TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "cat", "##s", ".", "é", "東"];

const damagedWords = damagedText(["\n", "\n\n", "##", "[UNK]", "#version: 0.2", "{", '{"a":0}']);

/** Damages documents as such, and lists of tokens by their words. */
const damage: Damage = (file, random, other) =>
  (file[0] === "{".charCodeAt(0) ? damagedJson : damagedWords)(file, random, other);

const json = (value: unknown) => encoded(JSON.stringify(value));

/** `BertTokenizer`, of a file in each layout. */
export function bert(folder: string): Subject {
  const processor = { type: "BertProcessing", sep: ["[SEP]", 3], cls: ["[CLS]", 2] };
  return {
    files: {
      "vocab.txt": encoded(TOKENS.join("\n")),
      "windows.txt": encoded(`${TOKENS.join("\r\n")}\r\n`),
      "tokenizer.json": json(bertLayout(TOKENS)),
      "sequences.json": json(bertLayout(TOKENS, { merges: ["a b"] }, {
        normalizer: { type: "Sequence", normalizers: [bertNormalizer({ lowercase: false })] },
        pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "BertPreTokenizer" }] },
        post_processor: processor,
      })),
      "bare.json": json({ model: { type: "WordPiece", vocab: idsByToken(TOKENS) } }),
      "vocab.json": json(idsByToken(TOKENS)),
    },
    damage,
    async read(file, name) {
      const path = `${folder}/${name}`;
      await Deno.writeFile(path, file);
      const tokenizer = await createTokenizer("bert-base-uncased", { file: path });
      tokenizer.decode(tokenizer.encode(HARD_TEXT));
    },
  };
}

/** `BpeTokenizer`, of the file that it writes. */
export async function bpe(folder: string): Promise<Subject> {
  const learned = async (text: string, size: number) =>
    encoded((await learnTokenizer(text, size)).vocabulary);
  return {
    files: {
      "words.json": await learned("so it goes and so it went, once and again", 263),
      "letters.json": await learned("aaaa aaaa bab", 260),
    },
    damage,
    async read(file, name) {
      const path = `${folder}/${name}`;
      await Deno.writeFile(path, file);
      const tokenizer = await createTokenizer("bpe", { file: path });
      tokenizer.decode(tokenizer.encode(HARD_TEXT));
    },
  };
}

/** `readTokenizerFile`, of byte pairs in one file or in two. */
export async function pairs(folder: string): Promise<Subject> {
  const tokens = ["a", "b", "ab", "c", "abc"];
  const merges = ["a b", "ab c"];
  const vocabulary = json(idsByToken(tokens));
  const lines = encoded(`#version: 0.2\n${merges.join("\n")}\n`);
  const siblings: Readonly<Record<string, string>> = {
    "vocab.json": "merges.txt",
    "merges.txt": "vocab.json",
    "encoder.json": "vocab.bpe",
  };
  const good = {
    "tokenizer.json": json(gpt2Layout(tokens, merges)),
    "vocab.json": vocabulary,
    "merges.txt": lines,
    "encoder.json": vocabulary,
  };
  await Deno.writeFile(`${folder}/vocab.bpe`, lines);
  return {
    files: good,
    damage,
    async read(file, name) {
      const path = `${folder}/${name}`;
      const sibling = siblings[name] as keyof typeof good | undefined;
      if (sibling !== undefined) {
        await Deno.writeFile(`${folder}/${sibling}`, good[sibling] ?? lines);
      }
      await Deno.writeFile(path, file);
      const expected = "byte pairs";
      const found = await readTokenizerFile(path, { model: "BPE", expected });
      await found.merges();
    },
  };
}

/** `IdsTokenizer`. */
export function ids(folder: string): Subject {
  return {
    files: { "vocab.txt": encoded(Array.from({ length: 40 }, (_, id) => `${id}\n`).join("")) },
    damage,
    async read(file, name) {
      const path = `${folder}/${name}`;
      await Deno.writeFile(path, file);
      const tokenizer = await createTokenizer("ids", { file: path });
      tokenizer.decode(tokenizer.encode(`0 1 39 40 x ${decoded(file).slice(0, 100)}`));
    },
  };
}
