/**
 * A training run from configuration to checkpoint: the loop with its metrics,
 * validation, checkpoints and interruption.
 *
 * @module
 */

import { FlmError } from "../errors.ts";
import type { ValidationLoss } from "../eval/validation.ts";
import { Pacer } from "../gpu/pacer.ts";
import { LogWindow } from "./log_window.ts";
import { type OpenedRun, openRun, type OpenRunOptions, takeRun } from "./open_run.ts";
import type { StepMetrics } from "./trainer.ts";

/** Seconds of work the host may be ahead of the device. */
const AHEAD_SECONDS = 0.5;
/** Steps in a row with a loss or gradient that is no number, after which a run stops. */
const MAX_FAILED_STEPS = 20;

/** Called as a run goes on. */
export interface RunHooks {
  /** Before the first step, when all inputs have been found to fit; with the steps done before. */
  onStart?: (step: number) => void | Promise<void>;
  /** After steps were read back; the last one's metrics. */
  onSteps?: (metrics: StepMetrics) => void;
  /** After a validation. */
  onValidation?: (step: number, loss: ValidationLoss) => void;
  /** After steps were read back: whether a checkpoint is wanted besides those that are due. */
  saveRequested?: () => boolean;
  /** After a checkpoint was written to a folder. */
  onCheckpoint?: (folder: string) => void;
}

/** What {@linkcode trainRun} needs. */
export interface TrainRunOptions extends OpenRunOptions, RunHooks {}

/** How a run ended. */
export interface TrainRunResult {
  /** Steps that were done now. */
  stepsDone: number;
  /** Steps done in all. */
  step: number;
  /** Whether the signal stopped it. */
  interrupted: boolean;
  /** The last validation, of the EMA weights; undefined if there was none. */
  validation: ValidationLoss | undefined;
  /** The newest checkpoint's folder. */
  checkpoint: string;
}

/**
 * Trains a model, or goes on training it. A run that is at its end already stays as it is.
 *
 * @throws {DataError} if the shards are missing or do not fit.
 * @throws {CheckpointError} if there is nothing to resume or it does not fit, or if the run
 * folder holds a run already and `resume` is not asked for.
 * @throws {GpuError} if the device fails.
 */
export async function trainRun(options: TrainRunOptions): Promise<TrainRunResult> {
  using taken = await takeRun(options);
  const { previous, stage: { train } } = taken;
  if (previous !== undefined && previous.state.step >= train.numSteps) {
    const { location: checkpoint, state: { step } } = previous;
    return { stepsDone: 0, step, interrupted: false, validation: undefined, checkpoint };
  }
  using opened = await openRun(options, taken);
  await options.onStart?.(opened.trainer.step);
  return await new Loop(options, opened).run();
}

class Loop {
  readonly #options: TrainRunOptions;
  readonly #opened: OpenedRun;
  readonly #window: LogWindow;
  #failedSteps = 0;
  readonly #pacer = new Pacer(AHEAD_SECONDS);
  #validation: ValidationLoss | undefined;
  #checkpointedAt: number;
  #checkpoint: string;

  constructor(options: TrainRunOptions, opened: OpenedRun) {
    this.#options = options;
    this.#opened = opened;
    const { previous } = opened;
    this.#window = new LogWindow(previous?.state.unlogged);
    this.#checkpointedAt = previous?.state.step ?? -1;
    this.#checkpoint = previous?.location ?? "";
  }

  async run(): Promise<TrainRunResult> {
    const { train, trainer } = this.#opened;
    const { signal } = this.#options;
    const begun = trainer.step;
    while (trainer.step < train.numSteps && !signal?.aborted) {
      await this.#opened.prepare(trainer.step);
      trainer.recordStep();
      const wait = this.#pacer.record();
      const at = (every: number) => every > 0 && trainer.step % every === 0;
      const due = at(train.logEvery) || at(train.evalEvery) || at(train.checkpointEvery);
      const isLast = trainer.step === train.numSteps;
      if (!due && !wait && !trainer.full && !isLast) continue;
      await this.#drain();
      // Before the last checkpoint, after which nobody looks at the run again.
      if (isLast || at(train.evalEvery)) await this.#validate();
      const isAsked = this.#options.saveRequested?.() ?? false;
      if (isAsked || at(train.checkpointEvery)) await this.#save();
    }
    await this.#drain();
    if (this.#checkpointedAt !== trainer.step) await this.#save();
    return {
      stepsDone: trainer.step - begun,
      step: trainer.step,
      interrupted: trainer.step < train.numSteps,
      validation: this.#validation,
      checkpoint: this.#checkpoint,
    };
  }

  async #drain(): Promise<void> {
    const { train, trainer, metrics } = this.#opened;
    const steps = await trainer.drain();
    this.#pacer.waited();
    const { length } = trainer.model.config;
    for (const step of steps) {
      this.#countFailure(step);
      this.#window.add(step);
      const isDue = step.step % train.logEvery === 0;
      if (!isDue && step.step !== train.numSteps) continue;
      const { loss, gradNorm, stepsPerSecond } = this.#window.means();
      metrics.write({
        kind: "train",
        step: step.step,
        loss,
        gradNorm,
        lr: step.lr,
        tokensPerSecond: stepsPerSecond * train.batchSize * length,
      });
      // If the run is made longer, the next line is still about as many steps as the others.
      if (isDue) this.#window.clear();
    }
    const last = steps.at(-1);
    if (last !== undefined) this.#options.onSteps?.(last);
    // Signals and timers get their turn.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }

  #countFailure({ step, loss, gradNorm }: StepMetrics): void {
    const failed = !Number.isFinite(loss) || !Number.isFinite(gradNorm);
    this.#failedSteps = failed ? this.#failedSteps + 1 : 0;
    if (this.#failedSteps < MAX_FAILED_STEPS) return;
    throw new FlmError(
      `The loss or its gradient was not a number for ${MAX_FAILED_STEPS} steps, up to step ` +
        `${step}. Resume from the last checkpoint with a lower optim.lr or a smaller ` +
        `optim.gradClip.`,
    );
  }

  async #validate(): Promise<void> {
    const { metrics, trainer: { step } } = this.#opened;
    this.#window.stopClock();
    const loss = this.#validation = await this.#opened.validate();
    metrics.write({
      kind: "validation",
      step,
      loss: loss.loss,
      standardError: loss.standardError,
      ...Object.fromEntries(loss.byTime.map((value, i) => [`lossByTime${i}`, value])),
    });
    this.#options.onValidation?.(step, loss);
    this.#goOn();
  }

  async #save(): Promise<void> {
    this.#window.stopClock();
    this.#checkpoint = await this.#opened.save(this.#window.unlogged);
    this.#checkpointedAt = this.#opened.trainer.step;
    this.#options.onCheckpoint?.(this.#checkpoint);
    this.#goOn();
  }

  #goOn(): void {
    this.#pacer.restart();
    this.#window.startClock();
  }
}
