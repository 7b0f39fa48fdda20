/**
 * The whole way on a small scale: `deno task demo` fetches a public-domain corpus, makes token
 * shards, trains a small FLM, distils it into a flow map, and writes text with both, in one step
 * and in more; an autoregressive model of the same text judges them. It takes the time that it is
 * given. A demo that was cut off goes on where it was; one that is done only samples.
 *
 * @module
 */

import { CONFIG } from "../lib/checkpoint/files.ts";
import { listCheckpoints } from "../lib/checkpoint/run_folder.ts";
import { BACKEND_FLAG } from "../lib/cli/backend_flag.ts";
import { parseCommandLine } from "../lib/cli/command_line.ts";
import { defineCommand, optional } from "../lib/cli/flags.ts";
import { formatDuration } from "../lib/cli/format.ts";
import { Interrupt } from "../lib/cli/interrupt.ts";
import { loadRecipe } from "../lib/cli/load_recipe.ts";
import { runMain } from "../lib/cli/main.ts";
import { recipe } from "../lib/cli/names.ts";
import { writeStderr } from "../lib/cli/stderr.ts";
import { print, tell } from "../lib/cli/stdout.ts";
import { type Config, configKeys } from "../lib/config/config.ts";
import { ArJudge } from "../lib/eval/ar_judge.ts";
import { Gpu } from "../lib/gpu/gpu.ts";
import { writeJsonFile } from "../lib/io/json_file.ts";
import type { Method } from "../lib/methods/base/method.ts";
import { methodOf, methodOfSection } from "../lib/methods/table.ts";
import { loadTeachers } from "../lib/methods/teachers.ts";
import { boolean, number } from "../lib/schema/field.ts";
import { pathForCaller, sameCommand, taskCommand } from "../lib/system/task_command.ts";
import { requireWritable } from "../lib/system/writable.ts";
import { METRICS_FILE } from "../lib/train/metrics.ts";
import { requireFittingRun } from "./demo/former_runs.ts";
import { goOnLines } from "./demo/go_on.ts";
import { withMinutes } from "./demo/minutes.ts";
import { describeLearning, describeQuality, type ModelTexts } from "./demo/quality.ts";
import { drawSamples, showcaseLines, textLines } from "./demo/texts.ts";
import { asksForOwnJudge } from "./reproduce/plan.ts";
import { settingsChange } from "./reproduce/status.ts";
import { removeRun } from "./runs/remove_run.ts";
import { runFolder, teacherFolders } from "./runs/run_folders.ts";
import { requireSettledTeacher } from "./runs/settled_teacher.ts";
import { train } from "./runs/train_with_progress.ts";
import { makeShards } from "./shards/make_shards.ts";

/** The texts, in a run's folder. */
const SAMPLES_FILE = "samples.json";

/** Trains, or goes on with, what a method makes, and gives its run's folder. */
async function trainOrResume(
  gpu: Gpu,
  config: Config,
  method: Method,
  label: string,
): Promise<string> {
  const run = runFolder(config, method.section);
  // What it takes is told of each training alone.
  gpu.resetPeak();
  using teachers = await loadTeachers(gpu, method, teacherFolders(config, method), config.data);
  const resume = (await listCheckpoints(run)).length > 0;
  const change = await settingsChange(config, method, run, { goesOn: true });
  if (change !== "") {
    writeStderr(`Note: ${pathForCaller(run)} was made otherwise: ${change}. --redo begins anew.\n`);
  }
  await train(gpu, { config, method, run }, { frozen: teachers.frozen, label, resume });
  return run;
}

/** Trains the autoregressive model that judges the texts, and loads it. */
async function makeJudge(gpu: Gpu, config: Config): Promise<ArJudge> {
  const method = methodOfSection("ar");
  tell(`\nThe ${method.title} that judges the texts:`);
  const run = await trainOrResume(gpu, config, method, "train-ar");
  return await ArJudge.load(run, { gpu });
}

/** Writes texts with the models, shows the first of them, and keeps all in the runs' folders. */
async function writeTexts(
  gpu: Gpu,
  { sampling }: Config,
  runs: Readonly<Record<string, string>>,
): Promise<ModelTexts[]> {
  using interrupt = new Interrupt();
  const { signal } = interrupt;
  const models: ModelTexts[] = [];
  tell('\nThe first texts of each number of steps, with " / " for a line break:');
  for (const [title, folder] of Object.entries(runs)) {
    const sets = await drawSamples(gpu, sampling, folder, signal);
    for (const set of sets) for (const line of textLines(title, set)) print(line);
    await writeJsonFile(`${folder}/${SAMPLES_FILE}`, sets);
    models.push({ title, sets });
  }
  for (const line of await showcaseLines(gpu, sampling, signal)) print(line);
  signal.throwIfAborted();
  return models;
}

/** What it takes. */
export const COMMAND = defineCommand({
  doc: "Fetches a corpus, trains a small model on it, distils it and samples from both.",
  flags: {
    config: recipe({ doc: "What to make.", fallback: "data/demo.yaml" }),
    minutes: optional(number({
      doc: "Minutes of work, for all trainings together; as many as the recipe says (4).",
      unit: "minutes",
      above: 0,
    })),
    redo: boolean({
      doc: "Begin anew: runs of this name that are there are removed.",
      fallback: false,
    }),
    ...BACKEND_FLAG,
  },
  overrides: configKeys(),
});

if (import.meta.main) {
  await runMain(async () => {
    const { flags, overrides } = parseCommandLine({ name: taskCommand("demo"), ...COMMAND });
    const started = performance.now();
    const config = withMinutes(await loadRecipe(flags.config, overrides), flags.minutes);
    const run = runFolder(config);
    const first = methodOf(config.method);
    const distillation = methodOf(config.distill.method, "distill.method");
    const student = runFolder(config, distillation.section);
    const judging = runFolder(config, "ar");
    for (const each of [run, student, judging]) {
      if (flags.redo) await removeRun(each);
      else await requireFittingRun(each, config);
    }
    await requireSettledTeacher({ run, ...config.train }, student);
    for (const folder of [run, student]) await requireWritable(`${folder}/${SAMPLES_FILE}`);
    using gpu = await Gpu.open({ backend: flags.backend });
    const manifest = await makeShards(config.data);
    if (asksForOwnJudge(config)) (await makeJudge(gpu, config))[Symbol.dispose]();
    tell(`\nThe ${first.title}:`);
    await trainOrResume(gpu, config, first, "train");
    tell(`\nThe ${distillation.title}, distilled from it:`);
    await trainOrResume(gpu, config, distillation, "distill");
    using judge = await makeJudge(gpu, config);
    const models = await writeTexts(gpu, config, { FLM: run, Distilled: student });
    print(`\n${await describeQuality(judge, config, manifest, models)}`);
    const learning = await describeLearning(run, manifest);
    if (learning !== null) print(`\n${learning}`);
    tell(
      `\nThe runs are in ${run} and ${student}: config.yaml, ${METRICS_FILE}, ${SAMPLES_FILE}, ` +
        `checkpoints/. The judge is in ${judging}.`,
    );
    // What was set on the command line is in the run's own configuration.
    const source = Object.keys(overrides).length === 0 ? flags.config : `${run}/${CONFIG}`;
    for (const line of goOnLines(config, { run, student }, source, gpu.backend)) tell(line);
    tell(`\nDone in ${formatDuration((performance.now() - started) / 1000)}.`);
  }, { goOn: sameCommand("demo", Deno.args) });
}
