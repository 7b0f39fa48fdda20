/**
 * Whether a model has learned all that its students are to learn from it.
 *
 * @module
 */

import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { listCheckpoints } from "../../lib/checkpoint/run_folder.ts";
import { formatCount, formatNumber } from "../../lib/cli/format.ts";
import type { TrainConfig } from "../../lib/config/config.ts";
import { ConfigError } from "../../lib/errors.ts";
import { pathForCaller } from "../../lib/system/task_command.ts";
import { isTrained } from "../../lib/train/time_limit.ts";

/** A run, and how long it is to be. */
export interface TeacherRun extends Pick<TrainConfig, "numSteps" | "minutes"> {
  /** Its folder. */
  readonly run: string;
}

/**
 * Checks that a teacher does not go on learning after a student has begun to learn from it.
 *
 * @param student The student's run, which need not be there.
 * @throws {ConfigError} naming both, and the flags that help.
 */
export async function requireSettledTeacher(
  { run, numSteps, minutes }: TeacherRun,
  student: string,
): Promise<void> {
  const [step] = await listCheckpoints(run);
  if (step === undefined || step >= numSteps) return;
  if ((await listCheckpoints(student)).length === 0) return;
  const seconds = minutes === null ? 0 : (await Checkpoint.open(run)).state.seconds ?? 0;
  if (isTrained({ step, seconds }, { numSteps, minutes })) return;
  const further = minutes === null
    ? `from step ${formatCount(step)} to ${formatCount(numSteps)}`
    : `from ${formatNumber(seconds / 60)} to ${formatNumber(minutes)} minutes`;
  throw new ConfigError(
    `${pathForCaller(run)} would go on ${further}, but ${
      pathForCaller(student)
    } has begun to learn from it as it ` +
      `is. Begin anew by --redo, which removes the runs of this name, or give another name by ` +
      `--name NAME.`,
  );
}
