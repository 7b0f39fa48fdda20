/**
 * The judge that a model's own recipe makes.
 *
 * @module
 */

import { resolve } from "node:path";
import { CONFIG } from "../../lib/checkpoint/files.ts";
import { openModel, type OpenModelOptions } from "../../lib/checkpoint/models/open_model.ts";
import { placeOfCheckpoint } from "../../lib/checkpoint/run_folder.ts";
import { CheckpointError } from "../../lib/errors.ts";
import { exists } from "../../lib/system/exists.ts";
import { pathForCaller, taskCommand } from "../../lib/system/task_command.ts";
import { runFolder } from "../runs/run_folders.ts";

/**
 * The run of the autoregressive model of a model's recipe, which `train-ar` makes.
 *
 * @param run Folder of the model's run, or of one of its checkpoints.
 * @param how What is told of a model that is no run.
 * @throws {CheckpointError} if there is no such run, with the command that makes it.
 */
export async function ownJudge(run: string, how: OpenModelOptions = {}): Promise<string> {
  const { state: { config } } = await openModel(run, how);
  const judge = runFolder(config, "ar");
  if (await exists(judge)) return resolve(judge);
  const recipe = `${placeOfCheckpoint(run)?.run ?? run}/${CONFIG}`;
  throw new CheckpointError(
    `--judge ar is the autoregressive model of the recipe of ${pathForCaller(run)}, whose run ` +
      `${pathForCaller(judge)} is not there. Train it with ` +
      `${taskCommand("train-ar", ["--config", recipe])}, or name another judge.`,
  );
}
