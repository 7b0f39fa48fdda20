/**
 * How far jobs are, as their folders tell.
 *
 * @module
 */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { loadFrozen } from "../../lib/checkpoint/models/load_frozen.ts";
import { checkpointIdentity } from "../../lib/checkpoint/identity.ts";
import type { Config } from "../../lib/config/config.ts";
import { CheckpointError, DataError } from "../../lib/errors.ts";
import { writeEvaluation } from "../../lib/eval/evaluation.ts";
import { judgeIdentity } from "../../lib/eval/judge_identity.ts";
import { writeFormat } from "../../lib/io/json_file.ts";
import { methodOf } from "../../lib/methods/table.ts";
import { trainRun } from "../../lib/methods/train_run.ts";
import { Dit } from "../../lib/model/dit.ts";
import { type GenPplResult, RESULTS_FORMAT } from "../../tasks/gen_ppl/results.ts";
import {
  type Job,
  type JudgingJob,
  planRecipe,
  type TrainingJob,
} from "../../tasks/reproduce/plan.ts";
import { readRecords, RECORDS_FILE, writeRecord } from "../../tasks/reproduce/records.ts";
import { differences, jobStatus, settingsChange } from "../../tasks/reproduce/status.ts";
import { withFolder } from "../testing/folder.ts";
import { FIGURES } from "../testing/gen_ppl.ts";
import { gpuTest } from "../testing/gpu.ts";
import { TINY_STEP, writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";
import { withTinyRun } from "../testing/tiny_run.ts";

const INPUTS = { "optim.lr": 1e-3 };

const COMMON = { args: [], inputs: INPUTS, hash: "a" };

function jobIn(folder: string, changes: Partial<TrainingJob> = {}): TrainingJob {
  const training = {
    task: "train",
    model: "flm",
    numSteps: 9,
    minutes: null,
    teachers: {},
  } as const;
  const { inputs } = { ...COMMON, ...changes };
  return { ...COMMON, folder, ...training, inputsOf: () => inputs, ...changes };
}

gpuTest(
  "jobStatus() tells trainings that are done, cut off or outdated apart",
  (gpu) =>
    withFolder(async (folder) => {
      const run = `${folder}/run`;
      const kind = async (changes?: Partial<TrainingJob>) =>
        (await jobStatus(jobIn(run, changes))).kind;
      assertEquals(await kind(), "to do");
      await Deno.mkdir(run);
      await writeRecord(run, "train", { hash: "a", inputs: INPUTS, seconds: 1 });
      // It was stopped before its first checkpoint.
      assertEquals(await kind(), "to do");

      await writeTinyCheckpoint(gpu, run);
      assertEquals(await jobStatus(jobIn(run)), {
        kind: "cut off",
        note: `${run}, step ${TINY_STEP} of 9`,
      });
      assertEquals(await kind({ numSteps: TINY_STEP }), "done");
      await writeTinyCheckpoint(gpu, run, { seconds: 45 });
      assertEquals(await jobStatus(jobIn(run, { minutes: 1 })), {
        kind: "cut off",
        note: `${run}, step ${TINY_STEP} of 9, 0.75 of 1 minutes`,
      });
      assertEquals(await kind({ minutes: 0.75 }), "done");
      await writeTinyCheckpoint(gpu, run);
      const other = jobIn(run, { hash: "b", inputs: { "optim.lr": 2e-3 } });
      assertEquals(await jobStatus(other), {
        kind: "outdated",
        note: `${run} was made otherwise: optim.lr was 0.001, is 0.002`,
      });
      assertEquals(await kind({ task: "distill", model: "psd" }), "outdated");

      // Who trained by hand left no record.
      await Deno.remove(`${run}/${RECORDS_FILE}`);
      assertEquals(await kind(), "cut off");
      for (
        const [records, message] of [
          ["{", "reproduce.json: it is not JSON"],
          ['{"train": {"hash": "a", "inputs": {}}}', "train.seconds is missing"],
          ['{"train": {"hash": "a", "inputs": 3, "seconds": 1}}', "train.inputs: expected a"],
        ] as const
      ) {
        await Deno.writeTextFile(`${run}/${RECORDS_FILE}`, records);
        const error = await assertRejects(() => kind(), DataError, message);
        assertStringIncludes(error.message, "Remove it: what the run depends on is in its");
      }
      await Deno.remove(`${run}/${RECORDS_FILE}`);
      await Deno.writeTextFile(`${run}/checkpoints/000000${TINY_STEP}/state.json`, "{");
      await assertRejects(() => jobStatus(jobIn(run)), CheckpointError, "state.json");
    }),
);

gpuTest(
  "settingsChange() says in what a run was made otherwise",
  (gpu) =>
    withFolder(async (folder) => {
      const run = `${folder}/run`;
      await writeTinyCheckpoint(gpu, run, { step: 5 });
      const { state: { config } } = await Checkpoint.open(run);
      const change = (settings: Partial<Config>, options = {}) =>
        settingsChange({ ...config, ...settings }, methodOf("flm"), run, options);
      assertEquals(
        await change({ name: "other", distill: { ...config.distill, method: "x" } }),
        "",
      );
      assertEquals(await change({ seed: 4 }), "seed was 0, is 4");
      assertEquals(
        await change({ flow: { noise: "projected" } }),
        'flow.noise was nothing, is "projected"',
      );
      const length = (numSteps: number) => ({ train: { ...config.train, numSteps } });
      assertEquals(await change(length(9)), "train.numSteps was 7, is 9");
      // It can become longer, but not shorter.
      assertEquals(await change(length(9), { goesOn: true }), "");
      assertEquals(await change(length(5), { goesOn: true }), "train.numSteps was 7, is 5");
      // So it is with an end in time.
      const timed = { train: { ...config.train, numSteps: 9, minutes: 2 } };
      assertEquals(
        await change(timed),
        "train.numSteps was 7, is 9; train.minutes was nothing, is 2",
      );
      assertEquals(await change(timed, { goesOn: true }), "");
      await writeTinyCheckpoint(gpu, run, { step: 5, seconds: 120 });
      assertEquals(
        await change(timed, { goesOn: true }),
        "train.numSteps was 7, is 9; train.minutes was nothing, is 2",
      );
      assertEquals(await settingsChange(config, methodOf("flm"), `${folder}/none`), "");
    }),
);

gpuTest(
  "jobStatus() takes over runs that were trained by hand, if they are what the recipe asks for",
  (gpu) =>
    withTinyRun(2, async (config, run) => {
      const student = `${run}-psd`;
      const longer: Config = { ...config, train: { ...config.train, numSteps: 3 } };
      const statuses = async (config: Config) => {
        const jobs = await planRecipe(config, { file: "tiny.yaml", overrides: {} });
        const trainings = jobs.flatMap((job): Job[] => {
          if (job.task === "train") return [{ ...job, folder: run }];
          if (job.task !== "distill") return [];
          return [{ ...job, folder: student, teachers: { teacher: run } }];
        });
        return await Promise.all(trainings.map(jobStatus));
      };
      const kinds = async (config: Config) => (await statuses(config)).map(({ kind }) => kind);
      await trainRun({ gpu, config, run, resume: false });
      assertEquals(await kinds(config), ["done", "to do"]);
      const role = { role: "teacher", tokenizer: "text8" };
      using teacher = await loadFrozen(gpu, run, { networkClass: Dit, kind: "flm", ...role });
      const learning = { method: methodOf("psd"), frozen: { teacher } };
      await trainRun({ gpu, config, ...learning, run: student, resume: false });
      assertEquals(await kinds(config), ["done", "done"]);

      const other: Config = { ...config, optim: { ...config.optim, lr: 1 } };
      assertEquals((await statuses(other)).map(({ note }) => note), [
        `${run} was made otherwise: optim.lr was 0.002, is 1`,
        `${student} was made otherwise: distill.optim.lr was 0.002, is 1`,
      ]);
      // A lost latest.json is no lost run.
      await Deno.remove(`${run}/latest.json`);
      assertEquals(await kinds(config), ["done", "done"]);

      await trainRun({ gpu, config: longer, run, resume: true });
      const distill = { ...config.distill, train: { ...config.distill.train, numSteps: 2 } };
      const [trained, distilled] = await statuses({ ...longer, distill });
      assertEquals(trained!.kind, "done");
      assertEquals(
        distilled!.note,
        `${student} was made otherwise: teacher was another network, of step 2; ${run} is at step 3`,
      );
    }),
);

gpuTest(
  "jobStatus() takes an evaluation for done as long as it is one of the run's weights",
  (gpu) =>
    withFolder(async (folder) => {
      const settings = { numSteps: [1], gammas: [0], numSamples: 1, seed: 0 };
      const job = { ...COMMON, folder, task: "evaluate", settings } as const;
      const status = async (kind: string, note: string) => {
        const found = await jobStatus(job);
        assertEquals(found.kind, kind);
        assertStringIncludes(found.note, note);
      };
      const write = async () => {
        const checkpoint = await checkpointIdentity(await Checkpoint.open(folder));
        const common = { model: "flm", checkpoint, step: 1, weights: "ema" } as const;
        await writeEvaluation(folder, { ...common, settings, results: [] });
      };
      await status("to do", "");
      await writeTinyCheckpoint(gpu, folder);
      await status("to do", "");
      // Who evaluates by hand leaves no record.
      await write();
      await status("done", folder);
      await writeRecord(folder, "evaluate", { hash: "a", inputs: INPUTS, seconds: 1 });
      await writeRecord(folder, "train", { hash: "c", inputs: {}, seconds: 1 });
      await status("done", folder);
      assertEquals(Object.keys(await readRecords(folder)), ["train", "evaluate"]);
      const inputs = { ...INPUTS, "evaluation.numSamples": 2 };
      await writeRecord(folder, "evaluate", { hash: "b", inputs, seconds: 1 });
      await status("to do", "was measured otherwise: evaluation.numSamples was 2, is nothing");
      await writeRecord(folder, "evaluate", { hash: "b", inputs: INPUTS, seconds: 1 });
      await status("to do", "was measured otherwise: by other rules");
      await writeRecord(folder, "evaluate", { hash: "a", inputs: INPUTS, seconds: 1 });
      await writeTinyCheckpoint(gpu, folder, { seed: 10 });
      await status("to do", `${folder}/evaluation.json is of other weights`);
      await write();
      await status("done", folder);
      await Deno.writeTextFile(`${folder}/evaluation.json`, "[]");
      await status("to do", `Cannot read ${folder}/evaluation.json`);
    }),
);

gpuTest(
  "jobStatus() takes samples for judged as long as run and judge are what they were",
  (gpu) =>
    withFolder(async (folder) => {
      const [run, judge] = [`${folder}/run`, `${folder}/judge`];
      await writeTinyCheckpoint(gpu, run, { kind: "psd" });
      await writeTinyCheckpoint(gpu, judge, { kind: "ar" });
      const settings = { numSteps: [1, 2], gammas: [0, 0.5], numSamples: 1, seed: 0 };
      const wish = { name: judge, maxTokens: null };
      const job = { ...COMMON, folder: run, task: "gen-ppl", settings, judge: wish } as const;
      const status = async (kind: string, note: string, changes: Partial<JudgingJob> = {}) => {
        const found = await jobStatus({ ...job, ...changes });
        assertEquals(found.kind, kind);
        assertStringIncludes(found.note, note);
      };
      await status("to do", "");
      const way = { weights: "ema", numSamples: 1, seed: 0, maxTokens: null } as const;
      const rest = { ...FIGURES, samples: "s", validation: null };
      const results: GenPplResult[] = [1, 2].flatMap((numSteps) =>
        [0, 0.5].map((gamma) => ({ ...rest, ...way, numSteps, gamma }))
      );
      const write = async (results: GenPplResult[]) => {
        await Deno.mkdir(`${run}/gen-ppl/judge`, { recursive: true });
        await writeFormat(`${run}/gen-ppl/judge/results.json`, RESULTS_FORMAT, {
          ...{ judge, revision: null, model: "psd", step: 7, validation: [], results },
          checkpoint: await checkpointIdentity(await Checkpoint.open(run)),
          judgeHash: await judgeIdentity({ kind: "ar", location: judge }),
          versions: { deno: "2", adapter: "a" },
        });
      };
      await write(results.slice(1));
      await status("to do", "has not all ways to sample");
      await write(results);
      await status("done", run);
      await status("to do", "", { judge: { ...wish, name: "owner/judge" } });
      await status("to do", "has not all ways", { judge: { ...wish, maxTokens: 8 } });
      await writeTinyCheckpoint(gpu, judge, { kind: "ar", seed: 10 });
      await status("to do", "results.json is of another model under the judge's name");
      await write(results);
      await status("done", run);
      await writeTinyCheckpoint(gpu, run, { kind: "psd", seed: 10 });
      await status("to do", "results.json is of other weights");
      await Deno.writeTextFile(`${run}/gen-ppl/judge/results.json`, "[]");
      await status("to do", "Cannot read");
    }),
);

Deno.test("differences() names what changed, the first few", () => {
  const hash = (digit: string) => digit.repeat(64);
  assertEquals(
    differences({ a: 1, b: hash("1"), c: null, same: [1] }, { a: 2, b: hash("2"), same: [1] }),
    "a was 1, is 2; b has changed; c was null, is nothing",
  );
  assertEquals(differences({}, { a: 1, b: 1, c: 1, d: 1, e: 1 }).split("; ").at(-1), "2 more");
});
