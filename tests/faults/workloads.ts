/**
 * What is killed: trainings, distillations, preprocessings, imports and evaluations of some
 * seconds, each as a person begins it and goes on with it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { dump } from "js-yaml";
import { exists } from "../../lib/system/exists.ts";
import { sha256Hex } from "../../lib/system/sha256.ts";
import { END, readMetrics } from "../../lib/train/metrics.ts";
import { listCheckpoints } from "../../lib/checkpoint/run_folder.ts";
import { LIB, ROOT } from "../testing/program.ts";
import { type Ended, type Fate, type Moment, runKilled } from "./killed_program.ts";

/** Work that may be cut off at any moment. */
export interface Workload {
  /** Its name. */
  readonly name: string;
  /** What must have been done in the folder before. */
  readonly after: readonly Workload[];
  /**
   * What `deno run` is given by a person who looks into the folder: to begin, or to go on. Null if
   * there is nothing left to do.
   */
  command(folder: string): Promise<readonly string[] | null>;
}

/** The recipe of all, with three checkpoints in a training and two in a distillation. */
const RECIPE = {
  name: "tiny",
  seed: 3,
  data: {
    source: { kind: "file", path: "corpus.txt" },
    tokenizer: "text8",
    length: 12,
    validationFraction: 0.1,
    dir: "shards/tiny",
  },
  model: { hiddenSize: 32, numBlocks: 1, numHeads: 2, condDim: 16, dropout: 0.1 },
  train: {
    ...{ numSteps: 8, batchSize: 8, microBatchSize: 4, logEvery: 1 },
    ...{ evalEvery: 3, evalBatches: 2, checkpointEvery: 3, keepCheckpoints: 1 },
  },
  optim: { lr: 2e-3, warmupSteps: 2, emaDecay: [0.9, 0.5] },
  distill: { train: { numSteps: 5 } },
  secondStage: { train: { numSteps: 4 } },
  evaluation: { numSteps: [1, 2], numSamples: 4 },
};

const TEXT = "the quick brown fox jumps over the lazy dog and runs away from the hen\n\n";

/** Writes what a person has before all work. */
async function writeInputs(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/tiny.yaml`, dump(RECIPE));
  await Deno.writeTextFile(`${folder}/corpus.txt`, TEXT.repeat(40));
}

/** Begins work or goes on with it; null if there is nothing left to do. */
export async function goOn(work: Workload, folder: string, kill: Fate = {}): Promise<Ended | null> {
  const command = await work.command(folder);
  if (command === null) return null;
  const ended = await runKilled(command, folder, kill);
  if (!ended.killed) assertEquals(ended.code, 0, `${work.name}: ${ended.output}`);
  return ended;
}

/** Makes a folder in which work can begin. */
export async function prepare(work: Workload, folder: string): Promise<void> {
  await writeInputs(folder);
  const doAll = async ({ after }: Workload) => {
    for (const before of after) {
      await doAll(before);
      await goOn(before, folder);
    }
  };
  await doAll(work);
}

const task = (name: string, ...args: string[]) => [`${ROOT}tasks/${name}.ts`, ...args];

/** A training task of the recipe, whose run has this name; it is begun with flags. */
const trainingOf = (
  name: string,
  run: string,
  after: readonly Workload[],
  ...flags: string[]
): Workload => ({
  name: [name, ...flags].join(" "),
  after,
  async command(folder) {
    const hasBegun = (await listCheckpoints(`${folder}/runs/${run}`)).length > 0;
    return hasBegun ? task(name, "--resume", run) : task(name, "tiny.yaml", ...flags);
  },
});

/** A preprocessing of the recipe's few documents, as a task. */
const SHARDS: Workload = {
  name: "preprocess",
  after: [],
  command: () => Promise.resolve(task("preprocess", "tiny.yaml", "--workers", "0")),
};

/**
 * Shards of a text that takes several batches, saved after each, with a tokenizer that is learned.
 */
const LEARN: Workload = {
  name: "preprocess with a tokenizer to learn",
  after: [],
  command: () =>
    Promise.resolve([`data:text/typescript,${
      encodeURIComponent(`
        import { textCorpus } from "${LIB}/data/corpora/text_corpus.ts";
        import { preprocess } from "${LIB}/data/preprocess/preprocess.ts";
        const words = ${JSON.stringify(TEXT.trim())};
        const lines = Array.from({ length: 3 }, (_, i) => \`\${words.repeat(4_000)}\${i}\`);
        await preprocess(textCorpus("whales", lines.join("\\n\\n")), { name: "bpe", vocabSize: 260 }, {
          ...{ dir: "shards/whales", length: 33, validationFraction: 0.2 },
          ...{ maxShardBytes: 200_000, saveEvery: 1 },
        });
      `)
    }`]),
};

const TRAIN = trainingOf("train", "tiny", [SHARDS]);

const DISTILL = trainingOf("distill", "tiny-distill", [TRAIN]);

const JUDGE = trainingOf("train_ar", "tiny-ar", [SHARDS]);

const FIRST_STAGE = trainingOf("distill", "tiny-distill", [TRAIN], "--distill.method", "semigroup");

const SECOND_STAGE = trainingOf("second_stage", "tiny-second", [FIRST_STAGE]);

const IMPORT: Workload = {
  name: "import",
  after: [],
  async command(folder) {
    // A run that is there is whole: another import would be refused.
    if (await exists(`${folder}/runs/taken`)) return null;
    const source = `${ROOT}tests/golden/ckpt/tiny_flm_llw.ckpt`;
    return task("import", source, "--name", "taken", "--tokenizer", "ids");
  },
};

const EVALUATE: Workload = {
  name: "evaluate",
  after: [TRAIN],
  command: () => Promise.resolve(task("evaluate", "tiny")),
};

/** All of it, by what it is. */
export const WORKLOADS = {
  ...{ SHARDS, LEARN, TRAIN, DISTILL, SECOND_STAGE, JUDGE, IMPORT, EVALUATE },
};

/** A task that is done anew whenever it is begun. */
export const anew = (after: readonly Workload[], name: string, ...args: string[]): Workload => ({
  name: [name, ...args].join(" "),
  after,
  command: () => Promise.resolve(task(name, ...args)),
});

/** What work without a fault comes to. */
export interface Undisturbed {
  /** What is in its folder then. */
  readonly whole: Record<string, unknown>;
  /** When it changed files. */
  readonly moments: readonly Moment[];
  /** How long it took, in whole milliseconds. */
  readonly wholeMs: number;
}

/** Does work in its folder; `told` is a file outside of that, which is written. */
export async function doUndisturbed(
  work: Workload,
  folder: string,
  told: string,
): Promise<Undisturbed> {
  const begun = performance.now();
  await goOn(work, folder, { moments: told });
  const wholeMs = Math.ceil(performance.now() - begun);
  const whole = await outcomeOf(folder);
  return { whole, moments: JSON.parse(await Deno.readTextFile(told)), wholeMs };
}

/** What a line of metrics says of the work, and not of the machine and its clock. */
const MEASURED = /^(kind|step|loss.*|gradNorm|smoothedLoss|lr|skippedSteps|standardError)$/;

/** All that is in a folder, by path: what files say of the work, and not of the clock. */
export async function outcomeOf(folder: string): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  const walk = async (inside: string) => {
    for await (const { name, isDirectory } of Deno.readDir(`${folder}/${inside}`)) {
      const path = inside === "" ? name : `${inside}/${name}`;
      if (isDirectory) {
        found[`${path}/`] = "folder";
        await walk(path);
      } else found[path] = await contentOf(`${folder}/${path}`);
    }
  };
  await walk("");
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => a < b ? -1 : 1));
}

async function contentOf(path: string): Promise<unknown> {
  if (path.endsWith("/metrics.jsonl")) {
    const records = await readMetrics(path);
    // The time of a sitting's end is told by none that is killed.
    return records.filter(({ kind }) => kind !== END).map((record) =>
      Object.fromEntries(Object.entries(record).filter(([key]) => MEASURED.test(key)))
    );
  }
  return await sha256Hex(await Deno.readFile(path));
}
