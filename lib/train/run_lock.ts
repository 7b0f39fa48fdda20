/**
 * One training at a time in the folder of a run.
 *
 * @module
 */

import { CHECKPOINTS } from "../checkpoint/files.ts";
import { CheckpointError } from "../errors.ts";
import { removeStaleTemporaries } from "../system/atomic.ts";
import { FolderLock } from "../system/folder_lock.ts";
import { pathForCaller } from "../system/task_command.ts";

/**
 * Keeps other trainings out of a run's folder, which is made if it is not there, and removes what
 * killed ones left half-written there.
 *
 * @throws {CheckpointError} if a training is at work in it.
 * @throws {FlmError} if the folder cannot be written.
 */
export async function lockRun(run: string): Promise<FolderLock> {
  const shown = pathForCaller(run);
  const lock = await FolderLock.take(run, (owner) =>
    new CheckpointError(
      `${owner} is training in ${shown}. Wait until it has ended, or stop it; what was stopped ` +
        `goes on with --resume ${shown}.`,
    ));
  try {
    await removeStaleTemporaries(run);
    await removeStaleTemporaries(`${run}/${CHECKPOINTS}`);
    return lock;
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}
