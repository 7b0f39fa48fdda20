/**
 * The judge that a model's own recipe makes.
 *
 * @module
 */

import { resolve } from "node:path";
import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { CONFIG } from "../../lib/checkpoint/files.ts";
import { openModel, type OpenModelOptions } from "../../lib/checkpoint/models/open_model.ts";
import { placeOfCheckpoint } from "../../lib/checkpoint/run_folder.ts";
import { runNames } from "../../lib/cli/names.ts";
import { CheckpointError, FlmError } from "../../lib/errors.ts";
import { describeNames } from "../../lib/schema/field.ts";
import { exists } from "../../lib/system/exists.ts";
import { pathForCaller, taskCommand } from "../../lib/system/task_command.ts";
import { runFolder, RUNS } from "../runs/run_folders.ts";

/**
 * The run of the autoregressive model of a model's recipe, which `train-ar` makes.
 *
 * @param run Folder of the model's run, or of one of its checkpoints.
 * @param how What is told of a model that is no run.
 * @throws {CheckpointError} if there is no such run, with those that would do, and the command that
 * makes it.
 */
export async function ownJudge(run: string, how: OpenModelOptions = {}): Promise<string> {
  const { state: { config, dataHash } } = await openModel(run, how);
  const judge = runFolder(config, "ar");
  if (await exists(judge)) return resolve(judge);
  const recipe = `${placeOfCheckpoint(run)?.run ?? run}/${CONFIG}`;
  const train = taskCommand("train-ar", ["--config", recipe]);
  const others = await judgesOf(dataHash);
  throw new CheckpointError(
    `--judge ar is the autoregressive model of the recipe of ${pathForCaller(run)}, whose run ` +
      `${pathForCaller(judge)} is not there. ` +
      (others.length === 0
        ? `Train it with ${train}, or name another judge.`
        : `Of the same data there is ${describeNames(others)}: give --judge ${others[0]}, or ` +
          `train the recipe's with ${train}.`),
  );
}

/** The names of the autoregressive runs that learned from the same shards, if it is known which. */
async function judgesOf(dataHash: string): Promise<string[]> {
  const names: string[] = [];
  for (const name of dataHash === "" ? [] : runNames()) {
    try {
      const { state } = await Checkpoint.open(`${RUNS}/${name}`);
      if (state.kind === "ar" && state.dataHash === dataHash) names.push(name);
    } catch (error) {
      // What has no checkpoint, or a damaged one, judges nothing.
      if (!(error instanceof FlmError)) throw error;
    }
  }
  return names;
}
