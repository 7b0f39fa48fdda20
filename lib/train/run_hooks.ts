/**
 * What a training run is given, and what it tells as it goes on.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import type { OpenRunOptions } from "./open_run.ts";
import type { TimePassed } from "./time_limit.ts";
import type { StepMetrics } from "./trainer.ts";
import type { ValidationLoss } from "./validation_loss.ts";
import type { ValidationSamples } from "./validation_samples.ts";

/**
 * Called as a run goes on.
 *
 * @example Print losses and checkpoints
 * ```ts
 * import type { RunHooks } from "@flm/flm";
 *
 * const hooks: RunHooks = {
 *   onSteps: ({ step, loss }) => console.log(step, loss),
 *   onCheckpoint: (folder) => console.log(`wrote ${folder}`),
 * };
 * console.log(Object.keys(hooks));
 * ```
 */
export interface RunHooks {
  /**
   * Before the first step, when all inputs have been found to fit; with the steps done before, the
   * configuration with what it left to the run to settle, and how much time has passed, if the run
   * has an end in time.
   */
  onStart?: (step: number, config: Config, time: TimePassed | null) => void | Promise<void>;
  /**
   * After steps were read back: the last one's metrics, how many were left out so far, and how much
   * time has passed, if the run has an end in time.
   */
  onSteps?: (metrics: StepMetrics, skippedSteps: number, time: TimePassed | null) => void;
  /** When something else is done in place of steps, until the next ones are read back. */
  onPause?: (reason: "validation" | "checkpoint") => void;
  /** After a validation, with the texts that were written. */
  onValidation?: (
    step: number,
    loss: ValidationLoss,
    samples: readonly ValidationSamples[],
  ) => void;
  /** After steps were read back: whether a checkpoint is wanted besides those that are due. */
  saveRequested?: () => boolean;
  /**
   * When a checkpoint is due, but what is trained has no finite loss, gradients or weights; with
   * the step of the newest one. It is written as soon as all is well again.
   */
  onUnhealthy?: (step: number, fault: string, newest: number | null) => void;
  /** After a checkpoint was written to a folder. */
  onCheckpoint?: (folder: string) => void;
}

/** What {@linkcode runTraining} needs. */
export interface RunTrainingOptions extends OpenRunOptions, RunHooks {}
