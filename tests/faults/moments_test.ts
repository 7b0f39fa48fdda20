/**
 * Work that is killed before any change that it makes to a file, and goes on, ends with the same
 * bits and leaves nothing behind. Here it is killed as it were: what lay in the folder at that
 * moment is put back. kills_test.ts kills processes.
 *
 * Faults of single parts are in the tests of these: atomic writes and locks in tests/system/, runs
 * in tests/train/run_test.ts, checkpoints in tests/checkpoint/, preprocessings in
 * tests/data/preprocess/partial_folder_test.ts, tasks and signals in tests/tasks_test.ts,
 * tests/reproduce_test.ts and tests/cli/, downloads in tests/net/ and tests/hub/, ranks in
 * tests/dist/.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { importModel } from "../../lib/checkpoint/models/import_model.ts";
import { openModel } from "../../lib/checkpoint/models/open_model.ts";
import { listCheckpoints } from "../../lib/checkpoint/run_folder.ts";
import { preprocess } from "../../lib/data/preprocess/preprocess.ts";
import { trainRun } from "../../lib/methods/train_run.ts";
import { exists } from "../../lib/system/exists.ts";
import { Text8Tokenizer } from "../../lib/text/text8.ts";
import { memoryCorpus } from "../data/memory_corpus.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { ROOT } from "../testing/program.ts";
import { withTinyRun } from "../testing/tiny_run.ts";
import { drawsOf, repeatBy, someOf } from "./draws.ts";
import { momentsOf, restoreImage } from "./images.ts";
import { outcomeOf } from "./workloads.ts";

/** Work that is cut off in a folder. */
interface Work {
  /** For messages and draws. */
  readonly name: string;
  /** The folder, which is there. */
  readonly folder: string;
  /** Begins it, or goes on with it. */
  readonly run: () => Promise<unknown>;
  /** What goes on in the end; the same unless given. */
  readonly goOn?: () => Promise<unknown>;
  /** Moments that are drawn, unless it is night. */
  readonly count: number;
}

/** Cuts work off at some moments, or all, and compares what it ends with. */
async function assertEndsTheSame({ name, folder, run, goOn = run, count }: Work): Promise<void> {
  const moments = await momentsOf(folder, run);
  assert(moments.length > 3, `${name} changes files at ${moments.length} moments`);
  await goOn();
  const whole = await outcomeOf(folder);
  for (const i of someOf(moments.length, count, drawsOf(name))) {
    const { change, image } = moments[i]!;
    await restoreImage(folder, image);
    const message = repeatBy(`${name}, killed before it did "${change}" (moment ${i})`);
    try {
      await goOn();
    } catch (cause) {
      throw new Error(message, { cause });
    }
    assertEquals(await outcomeOf(folder), whole, message);
  }
}

gpuTest(
  "trainRun() ends with the same bits, before whatever change it was killed",
  (gpu) =>
    withTinyRun(7, async (tiny, folder) => {
      const config = {
        ...tiny,
        train: { ...tiny.train, evalEvery: 3, checkpointEvery: 3, keepCheckpoints: 1 },
      };
      await Deno.mkdir(folder);
      const run = `${folder}/run`;
      await assertEndsTheSame({
        name: "a training",
        folder,
        count: 4,
        run: async () => {
          const resume = (await listCheckpoints(run)).length > 0;
          await trainRun({ gpu, config, run, resume });
        },
      });
    }),
);

const tokenizer = await Text8Tokenizer.create();
/** Each is a batch of its own. */
const CORPUS = memoryCorpus(Array.from({ length: 3 }, (_, i) => `${"whale ".repeat(50_000)}${i}`));

Deno.test("preprocess() ends with the same bytes, and takes away what they replace", () =>
  withFolder(async (folder) => {
    const options = {
      ...{ dir: `${folder}/shards`, length: 33, maxShardBytes: 400_000 },
      ...{ validationFraction: 0.2, saveEvery: 1 },
    };
    await preprocess(CORPUS, tokenizer, { ...options, length: 35 });
    const name = "a preprocessing";
    const run = () => preprocess(CORPUS, tokenizer, options);
    await assertEndsTheSame({ name, folder, run, count: 6 });
  }));

Deno.test("preprocess() goes on with what another one was about to remove, or begins anew", () =>
  withFolder(async (folder) => {
    const options = {
      ...{ dir: `${folder}/shards`, length: 33, maxShardBytes: 200_000 },
      ...{ validationFraction: 0.2, saveEvery: 1 },
    };
    const stop = new AbortController();
    let batches = 0;
    const half = {
      ...options,
      signal: stop.signal,
      onProgress: () => void (++batches === 3 && stop.abort()),
    };
    await preprocess(CORPUS, tokenizer, half).catch(() => {});
    const other = { ...options, length: 35, signal: AbortSignal.abort() };
    const run = () => preprocess(CORPUS, tokenizer, other).catch(() => {});
    const goOn = () => preprocess(CORPUS, tokenizer, options);
    const name = "a preprocessing in place of another";
    await assertEndsTheSame({ name, folder, run, goOn, count: Infinity });
  }));

Deno.test("importModel() makes a whole run or none", () =>
  withFolder(async (folder) => {
    const run = `${folder}/taken`;
    const source = `${ROOT}tests/golden/ckpt/tiny_flm_llw.ckpt`;
    const importIt = async () => {
      if (await exists(run)) return;
      const model = await openModel(source, { tokenizer: "ids", logitCap: null });
      await importModel(model, { weights: "ema", run });
    };
    await assertEndsTheSame({ name: "an import", folder, run: importIt, count: 6 });
  }));
