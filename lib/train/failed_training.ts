/**
 * Trainings whose numbers are no numbers any more.
 *
 * @module
 */

import { type Config, type OptimConfig, stageConfig, type StageName } from "../config/config.ts";
import { kebab } from "../config/key_names.ts";
import { FlmError } from "../errors.ts";
import { pathForCaller } from "../system/task_command.ts";
import { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { ModelKind } from "../checkpoint/state.ts";
import { resumeCommand } from "../checkpoint/resume_command.ts";

/** A training whose loss, gradients or weights are not finite, and what there is to go on from. */
export interface FailedTraining {
  /** The run's folder. */
  readonly run: string;
  /** What was trained. */
  readonly kind: ModelKind;
  /** Its optimizer. */
  readonly optim: OptimConfig;
  /** What is not finite, and when. */
  readonly problem: string;
  /** The step of its newest checkpoint; null if there is none. */
  readonly checkpoint: number | null;
  /** Whether a step after that checkpoint was as it should be. */
  readonly proven: boolean;
}

/** The sections of the configuration of the later trainings. */
const STAGES: Readonly<Partial<Record<ModelKind, StageName>>> = {
  flow_map: "distill",
  psd: "distill",
  second_stage: "secondStage",
  ar: "ar",
};

/**
 * The error with which such a training ends: it names the last healthy checkpoint, and the command
 * that goes on from it with a learning rate that may do.
 */
export async function trainingFailed(
  { run, kind, optim, problem, checkpoint, proven }: FailedTraining,
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
  const { step, config } = healthy.state;
  const rate = Math.min(optimOf(config, kind).lr, optim.lr / 10);
  const stage = STAGES[kind];
  const key = stage === undefined ? "optim.lr" : `${stage}.optim.lr`;
  const command = resumeCommand(run, { kind, step }, [
    `--${kebab(key)}`,
    String(Number(rate.toPrecision(3))),
  ]);
  return new FlmError(
    `${failed} The last healthy checkpoint is that of step ${step}. Go on from it with ${lower}, ` +
      `or with a smaller gradClip: ${command}`,
  );
}

function optimOf(config: Config, kind: ModelKind): OptimConfig {
  const stage = STAGES[kind];
  return stage === undefined ? config.optim : stageConfig(config, stage).optim;
}
