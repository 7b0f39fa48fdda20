/**
 * What a run's folder tells of it.
 *
 * @module
 */

import { basename } from "node:path";
import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { CONFIG } from "../../lib/checkpoint/files.ts";
import { listCheckpoints } from "../../lib/checkpoint/run_folder.ts";
import type { CheckpointState, ImportedFrom } from "../../lib/checkpoint/state.ts";
import { type Config, trainingConfig } from "../../lib/config/config.ts";
import { loadConfig } from "../../lib/config/config_file.ts";
import type { OptimConfig, TrainConfig } from "../../lib/config/types.ts";
import { DataError } from "../../lib/errors.ts";
import type { Method } from "../../lib/methods/base/method.ts";
import { methodOf, methodOfCheckpoint, methodOfSection } from "../../lib/methods/table.ts";
import { exists } from "../../lib/system/exists.ts";
import { pathForCaller, taskCommand } from "../../lib/system/task_command.ts";
import { METRICS_FILE, type MetricsRecord, readMetrics } from "../../lib/train/metrics.ts";
import { SUFFIXES } from "./run_folders.ts";

/** A run as its folder is now. */
export interface RunRecord {
  /** The name of its folder. */
  readonly name: string;
  /** Its folder. */
  readonly run: string;
  /** Its configuration. */
  readonly config: Config;
  /** The part of it that says how long it is, and what is written when. */
  readonly train: TrainConfig;
  /** The part of it that says how its weights are moved. */
  readonly optim: OptimConfig;
  /** What it makes. */
  readonly kind: string;
  /** What its newest checkpoint says of itself; null before the first one. */
  readonly state: CheckpointState | null;
  /** Its metrics, in order. */
  readonly metrics: readonly MetricsRecord[];
  /** The steps of its checkpoints, from the last to the first. */
  readonly checkpoints: readonly number[];
}

/**
 * Reads the folder of a run, which may be in training.
 *
 * @throws {DataError} if it is no run, or has no metrics.
 * @throws {CheckpointError} if its newest checkpoint is damaged.
 */
export async function readRunRecord(run: string): Promise<RunRecord> {
  const metrics = `${run}/${METRICS_FILE}`;
  const name = basename(run);
  const checkpoints = await listCheckpoints(run);
  const checkpoint = checkpoints.length === 0 ? null : await Checkpoint.open(run);
  const state = checkpoint?.state ?? null;
  if (!await exists(metrics)) throw withoutMetrics(run, state?.imported);
  const records = await readMetrics(metrics);
  // A run that was resumed may have been given other settings than its checkpoint has.
  const config = await exists(`${run}/${CONFIG}`)
    ? await loadConfig(`${run}/${CONFIG}`)
    : state?.config;
  if (config === undefined) {
    throw new DataError(
      `There is neither ${CONFIG} nor a checkpoint in ${
        pathForCaller(run)
      }: nothing says what it is.`,
    );
  }
  const { kind, section } = checkpoint === null
    ? methodOfName(name, config)
    : methodOfCheckpoint(checkpoint);
  const own = trainingConfig(config, section);
  return { name, run, config, ...own, kind, state, metrics: records, checkpoints };
}

/** The error of a folder that tells nothing of a training. */
function withoutMetrics(run: string, imported?: ImportedFrom): DataError {
  const shown = pathForCaller(run);
  return new DataError(
    imported === undefined
      ? `There is no ${METRICS_FILE} in ${shown}: expected the folder of a run that was trained here.`
      : `${shown} was imported from ${imported.source}, and has no ${METRICS_FILE}: only trainings ` +
        `write one. ${taskCommand("evaluate", ["--checkpoint", run])} measures its texts.`,
  );
}

/** The method of a run whose first checkpoint is not there yet, by its folder's name. */
function methodOfName(name: string, config: Config): Method {
  const found = Object.entries(SUFFIXES).find(([, suffix]) => name.endsWith(suffix));
  if (found === undefined) return methodOf(config.method);
  const section = found[0] as keyof typeof SUFFIXES;
  return section === "distill"
    ? methodOf(config.distill.method, "distill.method")
    : methodOfSection(section);
}
