/**
 * Damage of every file of a checkpoint and of its shards: a run goes on with the same bits, or says
 * which file it is. What each reader says of damage is in tests/checkpoint/, tests/data/ and
 * tests/safetensors/.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import type { Config } from "../../lib/config/config.ts";
import { openCorpus } from "../../lib/data/corpora/open_corpus.ts";
import { preprocess } from "../../lib/data/preprocess/preprocess.ts";
import { FlmError } from "../../lib/errors.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { trainRun } from "../../lib/methods/train_run.ts";
import { tokenizerToMakeShards } from "../../lib/text/create_tokenizer.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { tinyConfig } from "../testing/tiny_run.ts";
import { drawsOf, repeatBy, someOf } from "./draws.ts";
import { restoreImage, takeImage } from "./images.ts";

/** A configuration whose tokenizer is learned, so that shards and checkpoints have its file. */
async function makeLearned(folder: string): Promise<Config> {
  const config = tinyConfig(folder, 2, {
    data: {
      ...{ source: { kind: "file", path: `${folder}/corpus.txt` }, dir: `${folder}/shards` },
      ...{ tokenizer: "bpe", vocabSize: 259, length: 12, validationFraction: 0.1 },
    },
  });
  const { data } = config;
  await Deno.writeTextFile(
    `${folder}/corpus.txt`,
    "a fox and a hen ran and ran away from me\n\n".repeat(99),
  );
  await preprocess(openCorpus(data.source), await tokenizerToMakeShards(data), data);
  return config;
}

/** What can happen to a file. */
type Damage = readonly [name: string, harm: (path: string) => Promise<void>];

/** Damages of a file of so many bytes: bits flipped at some places, and what befalls all of it. */
function damagesOf(bytes: Uint8Array<ArrayBuffer>, draw: (bound: number) => number): Damage[] {
  const flips = Array.from({ length: 4 }, (): Damage => {
    const [at, bit] = [draw(bytes.length), draw(8)];
    return [
      `bit ${bit} of byte ${at} is flipped`,
      (path) => Deno.writeFile(path, bytes.with(at, bytes[at]! ^ (1 << bit))),
    ];
  });
  return [
    ...flips,
    ["it is cut", (path) => Deno.truncate(path, bytes.length >> 1)],
    ["it is empty", (path) => Deno.truncate(path, 0)],
    ["it is twice as long", (path) => Deno.writeFile(path, bytes, { append: true })],
    ["it is full of zeros", (path) => Deno.writeFile(path, new Uint8Array(bytes.length))],
    ["it is gone", (path) => Deno.remove(path)],
    ["it is a folder", async (path) => {
      await Deno.remove(path);
      await Deno.mkdir(path);
    }],
  ];
}

async function goOn(gpu: Gpu, config: Config, run: string): Promise<void> {
  const train = { ...config.train, numSteps: 3 };
  await trainRun({ gpu, config: { ...config, train }, run, resume: true });
}

/** The hashes of what a run has learned. */
async function learnedIn(run: string): Promise<unknown> {
  const { state: { step, files } } = await Checkpoint.open(run);
  return { step, files };
}

gpuTest(
  "trainRun() notices damage of any file that it goes on from, or is not harmed by it",
  (gpu) =>
    withFolder(async (folder) => {
      const config = await makeLearned(folder);
      const run = `${folder}/run`;
      await trainRun({ gpu, config, run, resume: false });
      await Deno.remove(`${run}/metrics.jsonl`);
      const whole = takeImage(folder);
      await goOn(gpu, config, run);
      const expected = await learnedIn(run);
      const draw = drawsOf("damage");
      const harms = [...whole].flatMap(([path, bytes]) =>
        bytes === null || path === "corpus.txt"
          ? []
          : damagesOf(bytes, draw).map((damage) => ({ path, damage }))
      );
      const noticed = new Set<string>();
      for (const i of someOf(harms.length, 24, draw)) {
        const { path, damage: [name, harm] } = harms[i]!;
        await restoreImage(folder, whole);
        await harm(`${folder}/${path}`);
        const message = repeatBy(`${path}: ${name}`);
        try {
          await goOn(gpu, config, run);
        } catch (error) {
          assert(error instanceof FlmError, `${message}: ${Deno.inspect(error)}`);
          assert(error.message.includes(folder), `${message}: ${error.message}`);
          noticed.add(path);
          continue;
        }
        assertEquals(await learnedIn(run), expected, message);
      }
      assert(noticed.size > 3, [...noticed].join(", "));
    }),
);
