/**
 * Trainings whose numbers are no numbers any more.
 *
 * @module
 */

import { Checkpoint } from "../checkpoint/checkpoint.ts";
import { resumeCommand } from "../checkpoint/resume_command.ts";
import {
  keyPrefix,
  type OptimConfig,
  trainingConfig,
  type TrainingSection,
} from "../config/config.ts";
import { kebab } from "../config/key_names.ts";
import { FlmError } from "../errors.ts";
import { pathForCaller } from "../system/task_command.ts";

/** A training whose loss, gradients or weights are not finite, and what there is to go on from. */
export interface FailedTraining {
  /** The run's folder. */
  readonly run: string;
  /** The part of the configuration with its optimizer; null for the first training's. */
  readonly section: TrainingSection | null;
  /** Its optimizer. */
  readonly optim: OptimConfig;
  /** What is not finite, and when. */
  readonly problem: string;
  /** The step of its newest checkpoint; null if there is none. */
  readonly checkpoint: number | null;
  /** Whether a step after that checkpoint was as it should be. */
  readonly proven: boolean;
}

/**
 * The error with which such a training ends: it names the last healthy checkpoint, and the command
 * that goes on from it with a learning rate that may do.
 */
export async function trainingFailed(
  { run, section, optim, problem, checkpoint, proven }: FailedTraining,
): Promise<FlmError> {
  const before = checkpoint === null ? null : proven ? checkpoint + 1 : checkpoint;
  const healthy = before === null ? null : await Checkpoint.newestWhole(run, before);
  const failed = `The training in ${pathForCaller(run)} has failed: ${problem}.`;
  const lower = `a lower learning rate than ${optim.lr}`;
  if (healthy === null) {
    return new FlmError(
      `${failed} It has no healthy checkpoint. Remove the folder and begin anew with ${lower}, or ` +
        `with a smaller gradClip.`,
    );
  }
  const { state } = healthy;
  const { step, config } = state;
  const rate = Math.min(trainingConfig(config, section).optim.lr, optim.lr / 10);
  const key = `${keyPrefix(section)}optim.lr`;
  const command = resumeCommand(run, state, [
    `--${kebab(key)}`,
    String(Number(rate.toPrecision(3))),
  ]);
  return new FlmError(
    `${failed} The last healthy checkpoint is that of step ${step}. Go on from it with ${lower}, ` +
      `or with a smaller gradClip: ${command}`,
  );
}
