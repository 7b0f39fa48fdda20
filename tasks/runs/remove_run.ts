/**
 * Runs that make room for new ones.
 *
 * @module
 */

import { removeIfThere } from "../../lib/system/atomic.ts";
import { refuseLinksOut } from "../../lib/system/links.ts";
import { lockRun } from "../../lib/train/run_lock.ts";
import { RUNS } from "./run_folders.ts";

/** Removes a run, if there is one. @throws {CheckpointError} if a training is at work in it. */
export async function removeRun(folder: string): Promise<void> {
  await refuseLinksOut(folder, RUNS);
  using _lock = await lockRun(folder);
  await removeIfThere(folder);
}
