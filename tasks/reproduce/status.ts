/**
 * How far the jobs of a recipe are: done, cut off, outdated or still to do.
 *
 * @module
 */

import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { checkpointIdentity } from "../../lib/checkpoint/identity.ts";
import { listCheckpoints } from "../../lib/checkpoint/run_folder.ts";
import type { CheckpointState } from "../../lib/checkpoint/state.ts";
import { formatNumber } from "../../lib/cli/format.ts";
import { type Config, keyPrefix, trainingConfig } from "../../lib/config/config.ts";
import { asOpenAs } from "../../lib/config/settled.ts";
import { findShards } from "../../lib/data/preprocess/kept_shards.ts";
import { originDifferences, originOfShards } from "../../lib/data/shards/origin.ts";
import { DataError } from "../../lib/errors.ts";
import { EVALUATION_FILE, keptEvaluation } from "../../lib/eval/evaluation.ts";
import type { Method } from "../../lib/methods/base/method.ts";
import { methodOf } from "../../lib/methods/table.ts";
import { describeValue } from "../../lib/schema/field.ts";
import { isTrained, type RunLength } from "../../lib/train/time_limit.ts";
import { findResult } from "../gen_ppl/accumulate.ts";
import { genPplFolder } from "../gen_ppl/folder.ts";
import { keptGenPpl, RESULTS_FILE } from "../gen_ppl/results.ts";
import {
  type EvaluationJob,
  type Inputs,
  type Job,
  type JudgingJob,
  type ShardsJob,
  type TrainingJob,
  trainingSettings,
} from "./plan.ts";
import { recipeJudge } from "./recipe_judge.ts";
import { type JobRecord, readRecords } from "./records.ts";

/** How far a job is. */
export interface JobStatus {
  /**
   * Whether it is done with these inputs, was cut off, is still to do, or its folder holds a run
   * with other inputs.
   */
  readonly kind: "done" | "cut off" | "to do" | "outdated";
  /** What there is, or what is outdated, in words; may be empty. */
  readonly note: string;
}

const TO_DO: JobStatus = { kind: "to do", note: "" };

/**
 * Looks at what a job has left in its folder.
 *
 * @throws {CheckpointError} if a run's newest checkpoint is damaged.
 * @throws {DataError} if the folder of shards holds something else.
 */
export async function jobStatus(job: Job): Promise<JobStatus> {
  switch (job.task) {
    case "preprocess":
      return await shardsStatus(job);
    case "evaluate":
      return await resultStatus(job, (checkpoint) => evaluationLack(job, checkpoint));
    case "gen-ppl":
      return await resultStatus(job, (checkpoint) => judgementLack(job, checkpoint));
    default:
      return await trainingStatus(job);
  }
}

async function shardsStatus({ folder, hash, origin }: ShardsJob): Promise<JobStatus> {
  // Their content is verified by whoever uses them.
  const manifest = await findShards(folder, hash, null);
  if (manifest === null) return TO_DO;
  // The same text may have moved, which the task writes down.
  return originDifferences(originOfShards(manifest), origin).length > 0 ? TO_DO : done(folder);
}

/**
 * Of a training, also of one that was started by hand: its checkpoint says what it depends on.
 * Where that does not say all, the record does.
 */
async function trainingStatus(job: TrainingJob): Promise<JobStatus> {
  const { task, folder, hash, inputs, model, inputsOf } = job;
  if ((await listCheckpoints(folder)).length === 0) return TO_DO;
  const { state } = await Checkpoint.open(folder);
  const record = (await readRecords(folder))[task];
  if (record !== undefined && record.hash !== hash) {
    return outdated(`${folder} was made otherwise: ${differences(record.inputs, inputs)}`);
  }
  if (state.kind !== model) return outdated(`${folder} holds a model of kind ${state.kind}`);
  const found = inputsOf(state.config, state.dataHash);
  const change = differences(found, inputs) || await teacherChange(job, state, record);
  if (change !== "") return outdated(`${folder} was made otherwise: ${change}`);
  const note = `${folder}, ${describeLength(state, job)}`;
  return isTrained(state, job) ? done(note) : { kind: "cut off", note };
}

/** How far a training is, in words. */
function describeLength(
  { step, seconds = 0 }: RunLength,
  { numSteps, minutes }: TrainingJob,
): string {
  const steps = `step ${step} of ${numSteps}`;
  if (minutes === null) return steps;
  return `${steps}, ${formatNumber(Math.min(minutes, seconds / 60))} of ${minutes} minutes`;
}

/** Which of the networks that a run learned from is another by now, in words; or nothing. */
async function teacherChange(
  { teachers }: TrainingJob,
  { learnedFrom }: CheckpointState,
  record: JobRecord | undefined,
): Promise<string> {
  for (const [name, run] of Object.entries(teachers)) {
    const before = learnedFrom?.[name];
    if (before === undefined) {
      if (record === undefined) return `nobody knows which network was its ${name}`;
      continue;
    }
    // A run that is to be made again may become the same.
    if ((await listCheckpoints(run)).length === 0) continue;
    const teacher = await Checkpoint.open(run);
    if (await teacher.identity("ema") === before.sha256) continue;
    return `${name} was another network, of step ${before.step}; ${run} is at step ` +
      `${teacher.state.step}`;
  }
  return "";
}

/**
 * Of a job that leaves a file: whether it is one of what there is now.
 *
 * @param lackOf What a result of this checkpoint lacks, in words; null if nothing.
 */
async function resultStatus(
  { task, folder, hash, inputs }: Job,
  lackOf: (checkpoint: string) => Promise<string | null>,
): Promise<JobStatus> {
  if ((await listCheckpoints(folder)).length === 0) return TO_DO;
  const record = (await readRecords(folder))[task];
  // Who measured by hand left none; what the results depend on is in their files.
  if (record !== undefined && record.hash !== hash) {
    const change = differences(record.inputs, inputs) || "by other rules";
    return { kind: "to do", note: `${folder} was measured otherwise: ${change}` };
  }
  const checkpoint = await checkpointIdentity(await Checkpoint.open(folder));
  try {
    const lack = await lackOf(checkpoint);
    return lack === null ? done(folder) : { kind: "to do", note: lack };
  } catch (error) {
    if (error instanceof DataError) return { kind: "to do", note: error.message };
    throw error;
  }
}

/** Why a run has no evaluation of what there is now; null if it has one. */
async function evaluationLack(
  { folder, settings }: EvaluationJob,
  checkpoint: string,
): Promise<string | null> {
  const kept = await keptEvaluation(folder, { checkpoint, settings });
  if (kept === null) return "";
  return kept.lack === undefined ? null : `${folder}/${EVALUATION_FILE} ${kept.lack}`;
}

/** Why a run's samples are not judged by the judge that there is now; null if they are. */
async function judgementLack(job: JudgingJob, checkpoint: string): Promise<string | null> {
  const judge = await recipeJudge(job.judge);
  const folder = await genPplFolder(job.folder, judge.judge);
  const kept = await keptGenPpl(folder, judge, { checkpoint, judgeHash: judge.judgeHash });
  if (kept === null) return "";
  if (kept.lack !== undefined) return `${folder}/${RESULTS_FILE} ${kept.lack}`;
  const { numSteps, gammas, numSamples, seed } = job.settings;
  const shares = methodOf(kept.value.model).writer?.takesRenewal ? gammas : [null];
  const isWhole = numSteps.every((numSteps) =>
    shares.every((gamma) => {
      const way = { weights: "ema", numSteps, gamma, numSamples, seed } as const;
      return findResult(kept.value, { ...way, maxTokens: judge.maxTokens }) !== undefined;
    })
  );
  return isWhole
    ? null
    : `${folder}/${RESULTS_FILE} has not all ways to sample that the recipe asks for`;
}

function done(note: string): JobStatus {
  return { kind: "done", note };
}

function outdated(note: string): JobStatus {
  return { kind: "outdated", note };
}

/**
 * In what a run was made otherwise than a configuration says, in words; nothing if there is no run.
 * One that is to go on may become longer.
 *
 * @throws {CheckpointError} if the run's newest checkpoint is damaged.
 */
export async function settingsChange(
  config: Config,
  method: Method,
  run: string,
  { goesOn = false }: { goesOn?: boolean } = {},
): Promise<string> {
  if ((await listCheckpoints(run)).length === 0) return "";
  const { state } = await Checkpoint.open(run);
  const wanted = trainingSettings(config, method);
  const found = trainingSettings(asOpenAs(config, state.config), method);
  const grows = goesOn && !isTrained(state, trainingConfig(config, method.section).train);
  const prefix = keyPrefix(method.section);
  const length = ["numSteps", "minutes"].map((key) => `${prefix}train.${key}`);
  const grown = grows ? Object.fromEntries(length.map((key) => [key, wanted[key]])) : {};
  return differences({ ...found, ...grown }, wanted);
}

/** The inputs that are not the same, the first few of them. */
export function differences(before: Inputs, now: Inputs): string {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  const changed = keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(now[key]));
  const shown = changed.slice(0, 3).map((key) => {
    const isHash = [before[key], now[key]].some((value) => /^[0-9a-f]{64}$/.test(String(value)));
    return isHash
      ? `${key} has changed`
      : `${key} was ${describeValue(before[key])}, is ${describeValue(now[key])}`;
  });
  if (changed.length > shown.length) shown.push(`${changed.length - shown.length} more`);
  return shown.join("; ");
}
