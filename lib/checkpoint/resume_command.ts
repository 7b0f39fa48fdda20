/**
 * The commands that go on with runs.
 *
 * @module
 */

import { backendArguments, type BackendName, BACKENDS } from "../gpu/backend.ts";
import { taskCommand } from "../system/task_command.ts";

/** Where a run is to go on, and how. */
export interface ResumeFrom {
  /** The step of a checkpoint; the newest one's unless given. */
  readonly step?: number;
  /** The backend by which it was trained; the built-in one unless given. */
  readonly backend?: BackendName;
}

/**
 * The command that goes on with a run, whatever it trains, by the backend that it was trained by:
 * all else that decides its numbers is kept in its folder.
 *
 * @param more Further arguments.
 */
export function resumeCommand(
  run: string,
  { step, backend = BACKENDS[0] }: ResumeFrom,
  more: readonly string[] = [],
): string {
  const from = step === undefined ? [] : ["--step", String(step)];
  return taskCommand("train", ["--resume", run, ...from, ...more, ...backendArguments(backend)]);
}
