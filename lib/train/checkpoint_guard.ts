/**
 * What keeps a run from going on with numbers that are none, and from checkpoints that nobody can
 * go on from.
 *
 * @module
 */

import type { BestCheckpoint } from "../checkpoint/state.ts";
import { UnhealthyWeightsError } from "../checkpoint/writer.ts";
import { CheckpointError, type FlmError } from "../errors.ts";
import { trainingFailed } from "./failed_training.ts";
import { Health } from "./health.ts";
import type { OpenedRun } from "./open_run.ts";
import type { RunTrainingOptions } from "./run_hooks.ts";
import type { RunProgress } from "./save_run.ts";
import type { TakenRun } from "./take_run.ts";
import { isOverflow, isSound, type StepMetrics } from "./trainer.ts";

/** Steps in a row with a loss or gradient that is no number, after which a run stops. */
const MAX_FAILED_STEPS = 20;

/** The newest checkpoint of a run. */
interface NewestCheckpoint {
  readonly step: number;
  /** Seconds that the run had worked, if its end is in time. */
  readonly seconds: number | undefined;
  readonly folder: string;
}

/** Judges the steps of a run, and writes a checkpoint only if one can go on from it. */
export class CheckpointGuard {
  readonly #options: RunTrainingOptions;
  readonly #opened: OpenedRun;
  readonly #health: Health;
  #failedSteps = 0;
  #skippedSteps = 0;
  /** Why no checkpoint may be written now; null if one may. */
  #fault: string | null = null;
  /** The step since which a checkpoint waits for the weights to be sound; null if none does. */
  #waitingSince: number | null = null;
  #best: BestCheckpoint | undefined;
  #newest: NewestCheckpoint | null;
  /** Whether a step after the newest checkpoint was as it should be. */
  #isProven = false;

  constructor(options: RunTrainingOptions, opened: OpenedRun) {
    this.#options = options;
    this.#opened = opened;
    const { previous, training: { isCrossEntropy }, trainer } = opened;
    this.#health = new Health(isCrossEntropy, trainer.model.config.vocabSize);
    this.#best = opened.best;
    this.#newest = previous === undefined ? null : {
      step: previous.state.step,
      seconds: previous.state.seconds,
      folder: previous.location,
    };
  }

  /** Steps that were left out, since their gradients were not finite. */
  get skippedSteps(): number {
    return this.#skippedSteps;
  }

  /** The newest checkpoint; null if there is none yet. */
  get newest(): NewestCheckpoint | null {
    return this.#newest;
  }

  /** The best checkpoint so far, if there is a metric for it. */
  get best(): BestCheckpoint | undefined {
    return this.#best;
  }

  /** Whether a checkpoint that was due waits for the weights to be sound. */
  get isWaiting(): boolean {
    return this.#waitingSince !== null;
  }

  /**
   * Looks at what the run goes on from, or learns from, before its next step.
   *
   * @throws {FlmError} if the loss would not be finite.
   */
  async requireSoundStart({ training: { teachers } }: TakenRun): Promise<void> {
    const fault = this.#health.judge(await this.#opened.probe());
    if (fault === null) return;
    const learnedFrom = Object.values(teachers).map(({ location }) => location);
    if (this.#newest !== null || learnedFrom.length === 0) {
      throw await this.failed(`before the next step, ${fault}`);
    }
    throw new CheckpointError(
      `Nothing can be learned from ${learnedFrom.join(" and ")}: ${fault}. The weights may be ` +
        `damaged, or their training had failed; use another checkpoint.`,
    );
  }

  /** Notes whether a step was sound. @throws {FlmError} after too many that were not. */
  async judge(metrics: StepMetrics): Promise<void> {
    const { step, loss, gradNorm, skipped } = metrics;
    if (skipped) this.#skippedSteps++;
    if (isSound(metrics)) {
      this.#failedSteps = 0;
      this.#fault = null;
      this.#isProven = true;
      return;
    }
    const fault = Number.isFinite(loss)
      ? `the gradient of step ${step} is ${gradNorm}`
      : `the loss of step ${step} is ${loss}`;
    if (!isOverflow(metrics)) this.#fault = fault;
    this.#failedSteps++;
    if (this.#failedSteps < MAX_FAILED_STEPS) return;
    throw await this.failed(`${fault}, as were those of the ${MAX_FAILED_STEPS - 1} before`);
  }

  /**
   * Writes a checkpoint, unless it would be one that nobody can go on from.
   *
   * @param progress What it says of the run; its `best` if this is the best so far.
   * @throws {FlmError} if none could be written for too long.
   */
  async save(progress: RunProgress): Promise<void> {
    const { training: { train }, trainer: { step } } = this.#opened;
    this.#fault ??= this.#health.judge(await this.#opened.probe()) ??
      await this.#trySave({ ...progress, best: progress.best ?? this.#best });
    if (this.#fault === null) {
      this.#waitingSince = null;
      return;
    }
    if (this.#waitingSince === null) {
      this.#waitingSince = step;
      this.#options.onUnhealthy?.(step, this.#fault, this.#newest?.step ?? null);
    }
    const patience = Math.max(MAX_FAILED_STEPS, train.checkpointEvery);
    if (step - this.#waitingSince >= patience) {
      throw await this.failed(`at step ${step}, ${this.#fault}`);
    }
  }

  /** Writes a checkpoint and gives what is wrong with the weights, or null. */
  async #trySave(progress: RunProgress): Promise<string | null> {
    try {
      const folder = await this.#opened.save(progress);
      const { trainer: { step } } = this.#opened;
      this.#best = progress.best;
      this.#newest = { step, seconds: progress.seconds, folder };
      this.#isProven = false;
      this.#options.onCheckpoint?.(folder);
      return null;
    } catch (error) {
      if (error instanceof UnhealthyWeightsError) return error.fault;
      throw error;
    }
  }

  /** @throws {FlmError} if the run ends, and its last checkpoint could not be written. */
  async requireSaved(): Promise<void> {
    if (this.#waitingSince !== null) throw await this.failed(this.#fault!);
  }

  /** The error with which a run ends of which a number is none. */
  failed(problem: string): Promise<FlmError> {
    const { section, optim } = this.#opened.training;
    const { run } = this.#options;
    const checkpoint = this.#newest?.step ?? null;
    return trainingFailed({ run, section, optim, problem, checkpoint, proven: this.#isProven });
  }
}
