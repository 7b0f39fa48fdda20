/**
 * The loop of a training: steps with their metrics, validation, checkpoints and interruption.
 *
 * @module
 */

import type { BestCheckpoint } from "../checkpoint/state.ts";
import { Pacer } from "../gpu/pacer.ts";
import { nextTurn } from "../system/next_turn.ts";
import { betterValidation } from "./best.ts";
import { CheckpointGuard } from "./checkpoint_guard.ts";
import { LogWindow } from "./log_window.ts";
import { END } from "./metrics.ts";
import type { OpenedRun } from "./open_run.ts";
import { anyRank, ONE_RANK } from "./ranks.ts";
import type { RunTrainingOptions } from "./run_hooks.ts";
import type { TakenRun } from "./take_run.ts";
import { isTrained, TimeLimit, type TimePassed } from "./time_limit.ts";
import type { StepMetrics } from "./trainer.ts";
import type { ValidationLoss } from "./validation_loss.ts";

/** Seconds of work the host may be ahead of the device. */
const AHEAD_SECONDS = 0.5;

/**
 * How a run ended.
 *
 * @example Say how a run ended
 * ```ts
 * import type { TrainRunResult } from "@flm/flm";
 *
 * const describe = ({ step, interrupted, checkpoint }: TrainRunResult) =>
 *   `${interrupted ? "stopped" : "ended"} at step ${step}, see ${checkpoint}`;
 * console.log(describe.length);
 * ```
 */
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
  /** Steps that were left out, since their gradients were not finite. */
  skippedSteps: number;
}

/** The steps of one run, from where it stands to its end. */
export class TrainingLoop {
  readonly #options: RunTrainingOptions;
  readonly #opened: OpenedRun;
  readonly #guard: CheckpointGuard;
  readonly #window: LogWindow;
  readonly #pacer = new Pacer(AHEAD_SECONDS);
  readonly #time: TimeLimit;
  #last: StepMetrics | undefined;
  #validation: { step: number; loss: ValidationLoss } | undefined;

  constructor(options: RunTrainingOptions, opened: OpenedRun) {
    this.#options = options;
    this.#opened = opened;
    this.#guard = new CheckpointGuard(options, opened);
    const { previous, training: { train: { minutes } } } = opened;
    const { ranks, now } = options;
    this.#time = new TimeLimit({ minutes, before: previous?.state.seconds, ranks, now });
    this.#window = new LogWindow(previous?.state.unlogged);
  }

  /**
   * Looks at what the run goes on from, or learns from, before its next step.
   *
   * @throws {FlmError} if the loss would not be finite.
   */
  requireSoundStart(taken: TakenRun): Promise<void> {
    return this.#guard.requireSoundStart(taken);
  }

  /** How much time has passed, when the clock was read last; null if the run has no end in time. */
  get timePassed(): TimePassed | null {
    return this.#time.passed;
  }

  /** Does all steps, or those until the signal, and what is due between them and at the end. */
  async run(): Promise<TrainRunResult> {
    const { training: { train }, trainer, metrics, clock } = this.#opened;
    const { signal } = this.#options;
    const begun = trainer.step;
    const isAborted = () => this.#any(signal?.aborted ?? false);
    let isStopped = await isAborted();
    while (!this.#isTrained && !isStopped) {
      await clock.spend("data", () => this.#opened.prepare(trainer.step));
      await clock.spend("host", () => trainer.recordStep(this.#time.share));
      const wait = this.#pacer.record();
      const at = (every: number) => every > 0 && trainer.step % every === 0;
      const isKept = at(train.checkpointEvery) || at(train.keepEvery);
      const due = at(train.logEvery) || at(train.evalEvery) || isKept;
      const isLast = trainer.step === train.numSteps;
      if (!due && !wait && !trainer.full && !isLast) {
        await this.#time.read();
        continue;
      }
      await this.#drain();
      // The first step was also spent on compiling.
      this.#time.start();
      this.#window.start();
      // Before the last checkpoint, after which nobody looks at the run again.
      const better = isLast || at(train.evalEvery) ? await this.#validate() : null;
      const isAsked = await this.#any(this.#options.saveRequested?.() ?? false);
      if (isAsked || this.#guard.isWaiting || isKept || better !== null) {
        await this.#save(better);
      }
      await this.#time.read();
      // Signals come while the device is waited for.
      isStopped = await isAborted();
    }
    await this.#drain();
    if (this.#isTrained && trainer.step < train.numSteps) await this.#endInTime();
    if (!this.#isSaved) await this.#save();
    await this.#guard.requireSaved();
    metrics.write({ kind: END, step: trainer.step, ...clock.take() });
    return {
      stepsDone: trainer.step - begun,
      step: trainer.step,
      interrupted: !this.#isTrained,
      validation: this.#validation?.loss,
      checkpoint: this.#guard.newest!.folder,
      skippedSteps: this.#guard.skippedSteps,
    };
  }

  #any(holds: boolean): Promise<boolean> {
    return anyRank(this.#options.ranks ?? ONE_RANK, holds);
  }

  /** Whether the run is at its end: of its steps, or, when the clock was read last, of its time. */
  get #isTrained(): boolean {
    const { trainer: { step }, training: { train } } = this.#opened;
    return isTrained({ step, seconds: this.#time.seconds }, train);
  }

  /** Whether there is a checkpoint of the run as it is, which says so if it is at its end. */
  get #isSaved(): boolean {
    const { trainer, training: { train } } = this.#opened;
    const saved = this.#guard.newest;
    return saved?.step === trainer.step && (!this.#isTrained || isTrained(saved, train));
  }

  /** What is due at the end of a run whose time is up before its steps are done. */
  async #endInTime(): Promise<void> {
    const { training: { train }, trainer: { step } } = this.#opened;
    if (this.#last !== undefined && step % train.logEvery !== 0) this.#log(this.#last);
    if (this.#validation?.step === step) return;
    const better = await this.#validate();
    if (better !== null) await this.#save(better);
  }

  async #drain(): Promise<void> {
    const { training: { train }, trainer } = this.#opened;
    const { ranks = ONE_RANK } = this.#options;
    const steps = await this.#opened.clock.spend("device", () => trainer.drain());
    this.#pacer.waited(await ranks.sum(this.#pacer.secondsPerStep) / ranks.numRanks);
    for (const step of steps) {
      await this.#guard.judge(step);
      this.#window.add(step);
      const isDue = step.step % train.logEvery === 0;
      if (!isDue && step.step !== train.numSteps) continue;
      this.#log(step);
      // If the run is made longer, the next line is still about as many steps as the others.
      if (isDue) this.#window.clear();
    }
    const last = steps.at(-1);
    if (last !== undefined) {
      this.#last = last;
      this.#options.onSteps?.(last, this.#guard.skippedSteps, this.timePassed);
    }
    await nextTurn();
  }

  /** Writes the line of metrics that ends with a step. */
  #log({ step, lr, lossScale }: StepMetrics): void {
    const { training: { train }, trainer, metrics, averages } = this.#opened;
    const { stepsPerSecond, gradNoise, ...means } = this.#window.means();
    const { inUse, peak } = trainer.gpu.memory();
    const { passed } = this.#time;
    metrics.write({
      kind: "train",
      step,
      ...means,
      smoothedLoss: averages.losses.add(means.loss),
      lr,
      ...(lossScale !== undefined && { lossScale }),
      ...(gradNoise !== undefined && averages.noise.add(gradNoise)),
      tokensPerSecond: stepsPerSecond * train.batchSize * trainer.model.config.length,
      ...this.#opened.clock.take(),
      ...(passed !== null && { workSeconds: passed.seconds }),
      memoryBytes: inUse,
      peakMemoryBytes: peak,
    });
  }

  /**
   * Validates, and gives what is to be told of a checkpoint if this is the best so far, else null.
   *
   * @throws {FlmError} if the loss is not finite: the average never gets well again.
   */
  async #validate(): Promise<BestCheckpoint | null> {
    const { metrics, trainer: { step }, training: { train: { keepBest } } } = this.#opened;
    this.#stop("validation");
    const loss = await this.#opened.clock.spend("validation", () => this.#opened.validate());
    this.#validation = { step, loss };
    metrics.write({
      kind: "validation",
      step,
      loss: loss.loss,
      standardError: loss.standardError,
      ...Object.fromEntries(loss.byTime.map((value, i) => [`lossByTime${i}`, value])),
    });
    const isSound = Number.isFinite(loss.loss);
    const samples = isSound
      ? await this.#opened.clock.spend("validation", () => this.#opened.writeSamples())
      : [];
    for (const { numSteps, metrics: measured, texts } of samples) {
      const named = Object.fromEntries(texts.map((text, i) => [`text${i}`, text]));
      metrics.write({ kind: "samples", step, numSteps, ...measured, ...named });
    }
    this.#options.onValidation?.(step, loss, samples);
    if (!isSound) {
      throw await this.#guard.failed(`the validation loss at step ${step} is ${loss.loss}`);
    }
    this.#goOn();
    return keepBest === null
      ? null
      : betterValidation(keepBest, step, loss, samples, this.#guard.best);
  }

  /** Writes a checkpoint, if one may be; with what is told of it if it is the best so far. */
  async #save(better: BestCheckpoint | null = null): Promise<void> {
    this.#stop("checkpoint");
    const { unlogged } = this.#window;
    const progress = { unlogged, seconds: this.#time.seconds, best: better ?? undefined };
    await this.#opened.clock.spend("writing", () => this.#guard.save(progress));
    this.#goOn();
  }

  #stop(reason: "validation" | "checkpoint"): void {
    this.#options.onPause?.(reason);
    this.#window.stopClock();
  }

  #goOn(): void {
    this.#pacer.restart();
    this.#window.startClock();
  }
}
