/**
 * What is asked of a run before it is measured, so that nothing is lost at the end.
 *
 * @module
 */

import { openModel, type OpenModelOptions } from "../../lib/checkpoint/models/open_model.ts";
import { nameOf } from "../../lib/checkpoint/reference/state.ts";
import { LATEST, STATE } from "../../lib/checkpoint/files.ts";
import { placeOfCheckpoint } from "../../lib/checkpoint/run_folder.ts";
import type { TrainedModel } from "../../lib/checkpoint/trained_model.ts";
import { isThere } from "../../lib/cli/paths.ts";
import { requireWriter } from "../../lib/sampling/requirements.ts";
import { type Communicator, ONE_PROCESS } from "../../lib/system/communicator.ts";
import { refuseLinksOut } from "../../lib/system/links.ts";
import { isRemote } from "../../lib/system/location.ts";
import { sha256 } from "../../lib/system/sha256.ts";
import { pathForCaller } from "../../lib/system/task_command.ts";
import { requireWritable } from "../../lib/system/writable.ts";
import { RUNS } from "../runs/run_folders.ts";

/** Where the results of models go that have no folder here, or one of another kind. */
const ELSEWHERE = `${RUNS}/measured`;

/**
 * Where results go: into the run's folder; those of one of its checkpoints beside the checkpoints,
 * of which the oldest are removed as the run goes on. Those of a model that is no run, or is on a
 * web server, go into a folder of `runs/measured` that is named after it.
 *
 * @param location What the model was opened by.
 */
export function resultsFolder(location: string): string {
  if (isRemote(location) || !isRunFolder(location)) {
    const hash = sha256();
    hash.update(new TextEncoder().encode(location));
    return `${ELSEWHERE}/${nameOf(location)}-${hash.hex().slice(0, 8)}`;
  }
  const place = placeOfCheckpoint(location);
  return place === null ? location : `${place.run}/step-${place.step}`;
}

/** Whether a path is that of a run; one at which there is nothing may become one. */
function isRunFolder(path: string): boolean {
  if (/\.(ckpt|pt|pth)$/i.test(path)) return false;
  return !isThere(`${path}/config.json`) || isThere(`${path}/${LATEST}`) ||
    isThere(`${path}/${STATE}`);
}

/** How a model is opened that is to be measured. */
export interface OpenMeasuredOptions extends OpenModelOptions {
  /**
   * The processes that measure it together, of which rank 0 writes; this one alone unless given.
   */
  readonly ranks?: Communicator | undefined;
}

/**
 * Opens a model that is to be measured, without its weights.
 *
 * @param result The file that is to be written.
 * @param how What is told of a model that is no run, and who measures it.
 * @param requireKind Refuses a checkpoint of a kind that cannot be measured; one of a model that
 * does not write text unless told.
 * @throws {CheckpointError} if there is no checkpoint, or none of such a kind.
 * @throws {FlmError} if the file cannot be written.
 */
export async function openMeasured(
  run: string,
  result: string,
  { ranks = ONE_PROCESS, ...how }: OpenMeasuredOptions = {},
  requireKind: (model: Pick<TrainedModel, "location" | "state">) => unknown = requireWriter,
): Promise<TrainedModel> {
  const model = await openModel(run, how);
  requireKind({ location: pathForCaller(run), state: model.state });
  if (ranks.rank > 0) return model;
  await refuseLinksOut(resultsFolder(run), RUNS);
  await requireWritable(result, "copy the run into");
  return model;
}
