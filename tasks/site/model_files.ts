/**
 * The files of a model that a page loads.
 *
 * @module
 */

import { groupFile, STATE } from "../../lib/checkpoint/files.ts";
import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { FlmError } from "../../lib/errors.ts";
import { requireWriter } from "../../lib/sampling/flow_language_model.ts";
import { exists } from "../../lib/system/exists.ts";
import { taskCommand } from "../../lib/system/task_command.ts";

/** Where the model lies that comes with the project. */
export const SHOWCASE = "data/showcase";

/** What people like to know of a model, which no program reads. */
const FOR_PEOPLE = ["README.md", "LICENSE"];

/** A model's files. */
export interface ModelFiles {
  /** The folder that they lie in. */
  readonly folder: string;
  /** Their names, `state.json` among them. */
  readonly names: readonly string[];
}

/**
 * Finds a model that writes text.
 *
 * @param location A run's folder, or a checkpoint's.
 * @throws {FlmError} if there is none, or another kind of model.
 */
export async function findModel(location: string): Promise<ModelFiles> {
  if (location === SHOWCASE && !await exists(SHOWCASE)) {
    throw new FlmError(
      `There is no ${SHOWCASE}, which has the model that the site shows. Give another one, such ` +
        `as that of a run: ${taskCommand("site", ["--model", "RUN"])}`,
    );
  }
  const checkpoint = await Checkpoint.open(location);
  const { writer } = requireWriter(checkpoint);
  const { location: folder, state: { tokenizer } } = checkpoint;
  const names = [STATE, groupFile("ema")];
  if (writer.needsTeacher) names.push(groupFile("teacher"));
  if (tokenizer.file !== undefined) names.push(tokenizer.file);
  for (const name of FOR_PEOPLE) if (await exists(`${folder}/${name}`)) names.push(name);
  return { folder, names };
}
