/**
 * Whether a model has learned all that its students are to learn from it.
 *
 * @module
 */

import { listCheckpoints } from "../../lib/checkpoint/run_folder.ts";
import { formatCount } from "../../lib/cli/format.ts";
import { ConfigError } from "../../lib/errors.ts";
import { pathForCaller } from "../../lib/system/task_command.ts";

/** A run, and how long it is to be. */
export interface TeacherRun {
  /** Its folder. */
  readonly run: string;
  /** Optimizer steps in all. */
  readonly numSteps: number;
}

/**
 * Checks that a teacher does not go on learning after a student has begun to learn from it.
 *
 * @param student The student's run, which need not be there.
 * @throws {ConfigError} naming both, and the flags that help.
 */
export async function requireSettledTeacher(
  { run, numSteps }: TeacherRun,
  student: string,
): Promise<void> {
  const [step] = await listCheckpoints(run);
  if (step === undefined || step >= numSteps) return;
  if ((await listCheckpoints(student)).length === 0) return;
  throw new ConfigError(
    `${pathForCaller(run)} would go on from step ${formatCount(step)} to ` +
      `${formatCount(numSteps)}, but ${pathForCaller(student)} has begun to learn from it as it ` +
      `is. Begin anew by --redo, which removes the runs of this name, or give another name by ` +
      `--name NAME.`,
  );
}
