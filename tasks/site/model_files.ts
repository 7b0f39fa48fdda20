/**
 * The files of a model that a page loads.
 *
 * @module
 */

import { groupFile, STATE } from "../../lib/checkpoint/files.ts";
import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import {
  MODEL_CONFIG,
  MODEL_WEIGHTS,
  TEACHER_WEIGHTS,
} from "../../lib/checkpoint/models/hub_folder.ts";
import { openModel } from "../../lib/checkpoint/models/open_model.ts";
import { nameOf } from "../../lib/checkpoint/reference/state.ts";
import { placeOfCheckpoint } from "../../lib/checkpoint/run_folder.ts";
import { requireWriter } from "../../lib/sampling/requirements.ts";
import { exists } from "../../lib/system/exists.ts";
import { isUrl, pathOf } from "../../lib/system/location.ts";

/** What people like to know of a model, which no program reads. */
const FOR_PEOPLE = ["README.md", "LICENSE"];

/** A model's files. */
export interface ModelFiles {
  /** What it is called: the name of its run, or of what it lies in. */
  readonly name: string;
  /** The folder that they lie in. */
  readonly folder: string;
  /** The name of the one that describes the others. */
  readonly main: string;
  /** Their names, that one among them. */
  readonly names: readonly string[];
}

/**
 * Finds a model that writes text.
 *
 * @param location A run's folder, a checkpoint's, or one with a `config.json`, as
 * {@linkcode openModel} takes it.
 * @throws {FlmError} if there is none, or another kind of model.
 */
export async function findModel(location: string): Promise<ModelFiles> {
  const model = await openModel(location);
  const { writer } = requireWriter(model);
  const names = model instanceof Checkpoint
    ? [STATE, groupFile("ema"), ...writer.needsTeacher ? [groupFile("teacher")] : []]
    : [MODEL_CONFIG, MODEL_WEIGHTS, ...writer.needsTeacher ? [TEACHER_WEIGHTS] : []];
  const { tokenizer } = model.state;
  if (tokenizer.file !== undefined) names.push(tokenizer.file);
  const folder = isUrl(model.location) ? pathOf(new URL(model.location)) : model.location;
  for (const name of FOR_PEOPLE) if (await exists(`${folder}/${name}`)) names.push(name);
  const name = nameOf(placeOfCheckpoint(location)?.run ?? location);
  return { name, folder, main: names[0]!, names };
}
