/**
 * What is asked of a run before it is measured, so that nothing is lost at the end.
 *
 * @module
 */

import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { placeOfCheckpoint } from "../../lib/checkpoint/run_folder.ts";
import { FlmError } from "../../lib/errors.ts";
import { requireWriter } from "../../lib/sampling/flow_language_model.ts";
import { refuseLinksOut } from "../../lib/system/links.ts";
import { isUrl } from "../../lib/system/location.ts";
import { pathForCaller } from "../../lib/system/task_command.ts";
import { requireWritable } from "../../lib/system/writable.ts";
import { RUNS } from "../runs/run_folders.ts";

/**
 * Where results go: into the run's folder; those of one of its checkpoints beside the checkpoints,
 * of which the oldest are removed as the run goes on.
 *
 * @param location Folder of a run or of a checkpoint.
 */
export function resultsFolder(location: string): string {
  const place = placeOfCheckpoint(location);
  return place === null ? location : `${place.run}/step-${place.step}`;
}

/**
 * Opens the checkpoint of a run that is to be measured, without its weights.
 *
 * @param result The file that is to be written.
 * @param requireKind Refuses a checkpoint of a kind that cannot be measured; one of a model that
 * does not write text unless told.
 * @throws {CheckpointError} if there is no checkpoint, or none of such a kind.
 * @throws {FlmError} if the file cannot be written.
 */
export async function openMeasured(
  run: string,
  result: string,
  requireKind: (checkpoint: Pick<Checkpoint, "location" | "state">) => unknown = requireWriter,
): Promise<Checkpoint> {
  if (isUrl(run)) {
    throw new FlmError(
      `Cannot write into ${run}: results go into the run's folder. Copy the run, and give its path.`,
    );
  }
  const checkpoint = await Checkpoint.open(run);
  requireKind({ location: pathForCaller(run), state: checkpoint.state });
  await refuseLinksOut(run, RUNS);
  await requireWritable(result);
  return checkpoint;
}
