/**
 * Whether a training can go on from a checkpoint.
 *
 * @module
 */

import { CheckpointError } from "../errors.ts";
import { pathForCaller } from "../system/task_command.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { groupFile } from "./files.ts";

/**
 * Checks that a checkpoint has the optimizer's state, which models that were imported have not:
 * without it the next steps would be others than those of the training that it comes from.
 *
 * @throws {CheckpointError} saying where it comes from, and what can be done with it.
 */
export function requireResumable(checkpoint: Checkpoint): Checkpoint {
  const { location, state: { imported, files = {} } } = checkpoint;
  if (imported === undefined || Object.hasOwn(files, groupFile("optimizer"))) return checkpoint;
  throw new CheckpointError(
    `${pathForCaller(location)} was imported from ${imported.source}, without the state of its ` +
      `optimizer: a training cannot go on from it. Give it as a --teacher to distil it, or train a ` +
      `new run.`,
  );
}
