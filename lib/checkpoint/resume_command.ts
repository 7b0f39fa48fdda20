/**
 * The commands that go on with runs.
 *
 * @module
 */

import { taskCommand } from "../system/task_command.ts";

/** The command that goes on with a run, whatever it trains, from the checkpoint of a step. */
export function resumeCommand(
  run: string,
  { step }: { step: number },
  more: readonly string[] = [],
): string {
  return taskCommand("train", ["--resume", run, "--step", String(step), ...more]);
}
