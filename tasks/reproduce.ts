/**
 * Runs a recipe from its corpus to its report:
 * `deno task reproduce letters [--dry-run] [--redo] [--KEY VALUE]`.
 *
 * Token shards, trainings and evaluations are tasks of their own, each with its own permissions.
 * What is done already, with the same inputs, is skipped; what was cut off goes on.
 *
 * @module
 */

import { BACKEND_FLAG } from "../lib/cli/backend_flag.ts";
import { parseCommandLine } from "../lib/cli/command_line.ts";
import { defineCommand } from "../lib/cli/flags.ts";
import { formatDuration } from "../lib/cli/format.ts";
import { loadRecipe } from "../lib/cli/load_recipe.ts";
import { runMain } from "../lib/cli/main.ts";
import { recipe } from "../lib/cli/names.ts";
import { shownPath } from "../lib/cli/paths.ts";
import { print, tell } from "../lib/cli/stdout.ts";
import { type Config, configKeys } from "../lib/config/config.ts";
import { MANIFEST_FILE } from "../lib/data/shards/manifest.ts";
import { ConfigError, FlmError } from "../lib/errors.ts";
import { requireMetrics } from "../lib/eval/metrics.ts";
import { type BackendName, backendOf } from "../lib/gpu/backend.ts";
import { boolean } from "../lib/schema/field.ts";
import { refuseLinksOut } from "../lib/system/links.ts";
import { sameCommand, taskCommand } from "../lib/system/task_command.ts";
import { requireWritable } from "../lib/system/writable.ts";
import { lockRun } from "../lib/train/run_lock.ts";
import { missedBounds } from "./report/bounds.ts";
import { readQualities } from "./report/quality.ts";
import { describeQuality } from "./report/quality_table.ts";
import {
  configArguments,
  type ConfigSource,
  type Job,
  planRecipe,
  validationJudges,
} from "./reproduce/plan.ts";
import { TaskRunner } from "./reproduce/process.ts";
import { requireJudge } from "./reproduce/recipe_judge.ts";
import {
  readRecords,
  RECORDS_FILE,
  removeRecordLeftovers,
  writeRecord,
} from "./reproduce/records.ts";
import { type JobStatus, jobStatus } from "./reproduce/status.ts";
import { removeRun } from "./runs/remove_run.ts";
import { RUNS } from "./runs/run_folders.ts";

/** Options of {@linkcode reproduce}. */
export interface ReproduceOptions {
  /** Replaces runs that were made with other inputs. */
  redo: boolean;
  /** The way to the GPU of the tasks that use one. */
  backend: BackendName;
}

/** The arguments of a job's task: those to resume too, if it was cut off. */
function argumentsOf({ args, folder }: Job, { kind }: JobStatus): readonly string[] {
  return kind === "cut off" ? [...args, "--resume", folder] : args;
}

/** What would be done with each job, a line each. */
async function describePlan(
  jobs: readonly Job[],
  source: ConfigSource,
  { redo }: ReproduceOptions,
): Promise<string> {
  const words = {
    done: "skip",
    "cut off": "go on",
    "to do": "run",
    outdated: redo ? "replace" : "refuse",
  };
  const lines: string[] = [];
  let isRefused = false;
  for (const job of jobs) {
    const status = await jobStatus(job);
    isRefused ||= status.kind === "outdated" && !redo;
    const command = taskCommand(job.task, argumentsOf(job, status));
    lines.push(
      `${words[status.kind].padEnd(7)}  ${command}${status.note && `  # ${status.note}`}`,
    );
  }
  lines.push(`run      ${taskCommand("report", configArguments(source))}`);
  if (isRefused) lines.push(`Nothing is run as long as a job is refused. ${WAYS_ON}`);
  return lines.join("\n");
}

/** What helps if a folder holds a run that was made with other inputs. */
const WAYS_ON =
  "Give the recipe another name by --name NAME, or replace what is outdated by --redo.";

/** @throws {ConfigError} if a folder holds a run that was made with other inputs. */
function refuseOutdated({ kind, note }: JobStatus): void {
  if (kind !== "outdated") return;
  throw new ConfigError(`${note}. ${WAYS_ON}`);
}

/** Runs the jobs that are not done. */
async function runJobs(
  jobs: readonly Job[],
  tasks: TaskRunner,
  redo: boolean,
): Promise<void> {
  // Better now than after the first training.
  for (const { task, folder } of jobs) {
    const file = task === "preprocess" ? MANIFEST_FILE : RECORDS_FILE;
    await requireWritable(`${folder}/${file}`);
  }
  if (!redo) {
    for (const job of jobs) refuseOutdated(await jobStatus(job));
  }
  for (const job of jobs) {
    // What came before may have changed what there is.
    const status = await jobStatus(job);
    if (!redo) refuseOutdated(status);
    const args = argumentsOf(job, status);
    if (status.kind === "done") {
      tell(`\nDone before: ${taskCommand(job.task, args)}`);
      if (job.task !== "preprocess") await removeRecordLeftovers(job.folder);
      continue;
    }
    tell(`\n${taskCommand(job.task, args)}`);
    if (status.kind === "to do" && status.note !== "") tell(`${status.note}.`);
    if (status.kind === "outdated") await removeRun(job.folder);
    await runJob(job, args, tasks);
  }
}

/** Runs one job and remembers what its result depends on. */
async function runJob(
  job: Job,
  args: readonly string[],
  tasks: TaskRunner,
): Promise<void> {
  const { task, folder, hash, inputs } = job;
  const isTraining = "numSteps" in job;
  const started = performance.now();
  // Shards have a manifest for that.
  if (task === "preprocess") return await tasks.run(task, args);
  await refuseLinksOut(folder, RUNS);
  const before = (await readRecords(folder))[task];
  const seconds = before?.hash === hash ? before.seconds : 0;
  // A training that is cut off must be known again.
  if (isTraining) {
    // It may still be running, if this program alone was killed.
    using _lock = await lockRun(folder);
    await writeRecord(folder, task, { hash, inputs, seconds });
  }
  const save = () => {
    const elapsed = (performance.now() - started) / 1000;
    return writeRecord(folder, task, { hash, inputs, seconds: seconds + elapsed });
  };
  try {
    await tasks.run(task, args);
  } catch (error) {
    if (isTraining) await save();
    throw error;
  }
  await save();
}

/** Runs the jobs of a recipe that are not done, and has the report written. */
async function makeReport(
  config: Config,
  source: ConfigSource,
  tasks: TaskRunner,
  redo: boolean,
): Promise<void> {
  await runJobs(await planRecipe(config, source), tasks, redo);
  const report = configArguments(source);
  tell(`\n${taskCommand("report", report)}`);
  await tasks.run("report", report);
}

/** Does what is not done of a recipe, and shows what it comes to. */
async function reproduce(
  config: Config,
  source: ConfigSource,
  { redo, backend }: ReproduceOptions,
): Promise<void> {
  const started = performance.now();
  {
    using tasks = new TaskRunner(backend);
    await Promise.race([makeReport(config, source, tasks, redo), tasks.stopped]);
  }
  const qualities = await readQualities(config, source);
  print(`\n${describeQuality(qualities)}`);
  tell(`\nDone in ${formatDuration((performance.now() - started) / 1000)}.`);
  const { bounds } = config.evaluation;
  const missed = missedBounds(bounds, qualities.evaluations);
  if (missed.length > 0) {
    throw new FlmError(
      `The models are not as good as evaluation.bounds of ${source.file} asks for:\n` +
        missed.map((each) => `  ${each}`).join("\n"),
    );
  }
  if (bounds.length > 0) print(`All ${bounds.length} bounds of ${source.file} are met.`);
}

/** What it takes. */
export const COMMAND = defineCommand({
  doc: "Runs a recipe from its corpus to its report, as far as that is not done yet.",
  positionals: [{ name: "RECIPE", flag: "config" }],
  flags: {
    config: recipe({ doc: "What to make." }),
    dryRun: boolean({ doc: "Only print what would be done.", fallback: false }),
    redo: boolean({
      doc: "Replace runs that were made with other inputs (they are removed).",
      fallback: false,
    }),
    ...BACKEND_FLAG,
  },
  overrides: configKeys(),
});

if (import.meta.main) {
  await runMain(async () => {
    const { flags, overrides } = parseCommandLine({ name: taskCommand("reproduce"), ...COMMAND });
    const config = await loadRecipe(flags.config, overrides);
    requireMetrics(config);
    const { judge } = config.evaluation;
    for (const each of validationJudges(config)) {
      await requireJudge(config, "train.evalJudge", each);
    }
    if (judge !== null) await requireJudge(config, "evaluation.judge", judge);
    const options = { redo: flags.redo, backend: backendOf(flags.backend).name };
    const source = { file: shownPath(flags.config), overrides };
    if (!flags.dryRun) return await reproduce(config, source, options);
    print(await describePlan(await planRecipe(config, source), source, options));
  }, { goOn: sameCommand("reproduce", Deno.args) });
}
