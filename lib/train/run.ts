/**
 * A training run from configuration to checkpoint: the loop with its metrics,
 * validation, checkpoints and interruption.
 *
 * @module
 */

import { keptCheckpoints } from "../checkpoint/kept.ts";
import { identitiesOf } from "../checkpoint/learned_from.ts";
import { removeReplaced, UnhealthyWeightsError } from "../checkpoint/writer.ts";
import type { BestCheckpoint } from "../checkpoint/state.ts";
import type { Config } from "../config/config.ts";
import { CheckpointError, type FlmError } from "../errors.ts";
import { deviceFacts } from "../gpu/device_facts.ts";
import { Pacer } from "../gpu/pacer.ts";
import { nextTurn } from "../system/next_turn.ts";
import { betterValidation } from "./best.ts";
import { trainingFailed } from "./failed_training.ts";
import { Health } from "./health.ts";
import { LogWindow } from "./log_window.ts";
import { PhaseClock } from "./phase_clock.ts";
import { NoiseLog } from "./noise_log.ts";
import { Smoothed } from "./smoothed.ts";
import { type OpenedRun, openRun, type OpenRunOptions } from "./open_run.ts";
import { type TakenRun, takeRun } from "./take_run.ts";
import { anyRank, ONE_RANK } from "./ranks.ts";
import { isTrained, TimeLimit, type TimePassed } from "./time_limit.ts";
import { isOverflow, isSound, type StepMetrics } from "./trainer.ts";
import type { ValidationLoss } from "./validation_loss.ts";
import type { ValidationSamples } from "./validation_samples.ts";

/** Seconds of work the host may be ahead of the device. */
const AHEAD_SECONDS = 0.5;
/** Steps in a row with a loss or gradient that is no number, after which a run stops. */
const MAX_FAILED_STEPS = 20;

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
   * Before the first step, when all inputs have been found to fit; with the steps done before, and
   * the configuration with what it left to the run to settle.
   */
  onStart?: (step: number, config: Config) => void | Promise<void>;
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

/**
 * Trains a model, or goes on training it. A run that is at its end already stays as it is,
 * but for what its last checkpoint replaces, if it was killed before it could remove that.
 *
 * @throws {DataError} if the shards are missing or do not fit.
 * @throws {CheckpointError} if there is nothing to resume or it does not fit, or if the run
 * folder holds a run already and `resume` is not asked for.
 * @throws {GpuError} if the device fails.
 * @throws {FlmError} if loss, gradients or weights are not finite and stay so: it names the last
 * healthy checkpoint, after which none was written.
 */
export async function runTraining(options: RunTrainingOptions): Promise<TrainRunResult> {
  using taken = await takeRun(options);
  await requireSameRun(options, taken);
  const { previous, training: { train } } = taken;
  if (previous !== undefined && isTrained(previous.state, train)) {
    const { location: checkpoint, state: { step, best } } = previous;
    const { run, ranks = ONE_RANK } = options;
    if (ranks.rank === 0) await removeReplaced(run, step, keptCheckpoints(train, best));
    return {
      stepsDone: 0,
      skippedSteps: 0,
      step,
      interrupted: false,
      validation: undefined,
      checkpoint,
    };
  }
  using opened = await openRun(options, taken);
  const loop = new Loop(options, opened);
  await loop.requireSoundStart(taken);
  await options.onStart?.(opened.trainer.step, taken.config);
  return await loop.run();
}

/** Checks that all ranks are about to train the same, in the same way, before they begin. */
async function requireSameRun(
  { gpu, ranks = ONE_RANK }: RunTrainingOptions,
  { config, tokenizer, shards, training, previous }: TakenRun,
): Promise<void> {
  const { kind, teachers } = training;
  await ranks.compare({
    ...{ configuration: config, method: kind },
    // With the hashes of its files.
    checkpoint: previous?.state ?? null,
    teachers: identitiesOf(teachers),
    data: shards.manifest.configHash,
    tokenizer: tokenizer.fingerprint,
    device: deviceFacts(gpu),
  });
}

class Loop {
  readonly #options: RunTrainingOptions;
  readonly #opened: OpenedRun;
  readonly #window: LogWindow;
  readonly #clock = new PhaseClock();
  readonly #smoothed: Smoothed;
  readonly #noise: NoiseLog;
  #failedSteps = 0;
  #skippedSteps = 0;
  readonly #health: Health;
  /** Why no checkpoint may be written now; null if one may. */
  #fault: string | null = null;
  /** The step since which a checkpoint waits for the weights to be sound; null if none does. */
  #waitingSince: number | null = null;
  readonly #pacer = new Pacer(AHEAD_SECONDS);
  readonly #time: TimeLimit;
  #last: StepMetrics | undefined;
  #validation: { step: number; loss: ValidationLoss } | undefined;
  /** The best checkpoint so far, if there is a metric for it. */
  #best: BestCheckpoint | undefined;
  #checkpoint:
    | { step: number; seconds: number | undefined; folder: string; proven: boolean }
    | null;

  constructor(options: RunTrainingOptions, opened: OpenedRun) {
    this.#options = options;
    this.#opened = opened;
    const { previous, training: { train: { minutes, logEvery } } } = opened;
    const { ranks, now } = options;
    this.#time = new TimeLimit({ minutes, before: previous?.state.seconds, ranks, now });
    this.#health = new Health(
      opened.training.isCrossEntropy,
      opened.trainer.model.config.vocabSize,
    );
    this.#window = new LogWindow(previous?.state.unlogged);
    // Where a run is made longer, what its end told is told again by the next line.
    const lines = opened.metrics.before.filter(({ kind, step }) =>
      kind === "train" && step % logEvery === 0
    );
    this.#smoothed = new Smoothed(lines.map(({ loss }) => Number(loss)));
    this.#noise = new NoiseLog(lines);
    this.#best = opened.best;
    this.#checkpoint = previous === undefined ? null : {
      step: previous.state.step,
      seconds: previous.state.seconds,
      folder: previous.location,
      proven: false,
    };
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
    if (this.#checkpoint !== null || learnedFrom.length === 0) {
      throw await this.#failed(`before the next step, ${fault}`);
    }
    throw new CheckpointError(
      `Nothing can be learned from ${learnedFrom.join(" and ")}: ${fault}. The weights may be ` +
        `damaged, or their training had failed; use another checkpoint.`,
    );
  }

  async run(): Promise<TrainRunResult> {
    const { training: { train }, trainer } = this.#opened;
    const { signal } = this.#options;
    const begun = trainer.step;
    const isAborted = () => this.#any(signal?.aborted ?? false);
    let isStopped = await isAborted();
    while (!this.#isTrained && !isStopped) {
      await this.#clock.spend("data", () => this.#opened.prepare(trainer.step));
      await this.#clock.spend("host", () => trainer.recordStep(this.#time.share));
      const wait = this.#pacer.record();
      const at = (every: number) => every > 0 && trainer.step % every === 0;
      const due = at(train.logEvery) || at(train.evalEvery) || at(train.checkpointEvery);
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
      const isOpen = this.#waitingSince !== null;
      if (isAsked || isOpen || at(train.checkpointEvery) || better !== null) {
        await this.#save(better);
      }
      await this.#time.read();
      // Signals come while the device is waited for.
      isStopped = await isAborted();
    }
    await this.#drain();
    if (this.#isTrained && trainer.step < train.numSteps) await this.#endInTime();
    if (!this.#isSaved) await this.#save();
    if (this.#waitingSince !== null) throw await this.#failed(this.#fault!);
    return {
      stepsDone: trainer.step - begun,
      step: trainer.step,
      interrupted: !this.#isTrained,
      validation: this.#validation?.loss,
      checkpoint: this.#checkpoint!.folder,
      skippedSteps: this.#skippedSteps,
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
    const saved = this.#checkpoint;
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
    const steps = await this.#clock.spend("device", () => trainer.drain());
    this.#pacer.waited(await ranks.sum(this.#pacer.secondsPerStep) / ranks.numRanks);
    for (const step of steps) {
      await this.#judge(step);
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
      this.#options.onSteps?.(last, this.#skippedSteps, this.#time.passed);
    }
    await nextTurn();
  }

  /** Writes the line of metrics that ends with a step. */
  #log({ step, lr, lossScale }: StepMetrics): void {
    const { training: { train }, trainer, metrics } = this.#opened;
    const { stepsPerSecond, gradNoise, ...means } = this.#window.means();
    const { inUse, peak } = trainer.gpu.memory();
    const { passed } = this.#time;
    metrics.write({
      kind: "train",
      step,
      ...means,
      smoothedLoss: this.#smoothed.add(means.loss),
      lr,
      ...(lossScale !== undefined && { lossScale }),
      ...(gradNoise !== undefined && this.#noise.add(gradNoise)),
      tokensPerSecond: stepsPerSecond * train.batchSize * trainer.model.config.length,
      ...this.#clock.take(),
      ...(passed !== null && { workSeconds: passed.seconds }),
      memoryBytes: inUse,
      peakMemoryBytes: peak,
    });
  }

  /** Notes whether a step was sound. @throws {FlmError} after too many that were not. */
  async #judge(metrics: StepMetrics): Promise<void> {
    const { step, loss, gradNorm, skipped } = metrics;
    if (skipped) this.#skippedSteps++;
    if (isSound(metrics)) {
      this.#failedSteps = 0;
      this.#fault = null;
      if (this.#checkpoint !== null) this.#checkpoint.proven = true;
      return;
    }
    const fault = Number.isFinite(loss)
      ? `the gradient of step ${step} is ${gradNorm}`
      : `the loss of step ${step} is ${loss}`;
    if (!isOverflow(metrics)) this.#fault = fault;
    this.#failedSteps++;
    if (this.#failedSteps < MAX_FAILED_STEPS) return;
    throw await this.#failed(`${fault}, as were those of the ${MAX_FAILED_STEPS - 1} before`);
  }

  /**
   * Validates, and gives what is to be told of a checkpoint if this is the best so far, else null.
   *
   * @throws {FlmError} if the loss is not finite: the average never gets well again.
   */
  async #validate(): Promise<BestCheckpoint | null> {
    const { metrics, trainer: { step }, training: { train: { keepBest } } } = this.#opened;
    this.#stop("validation");
    const loss = await this.#clock.spend("validation", () => this.#opened.validate());
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
      ? await this.#clock.spend("validation", () => this.#opened.writeSamples())
      : [];
    for (const { numSteps, metrics: measured, texts } of samples) {
      const named = Object.fromEntries(texts.map((text, i) => [`text${i}`, text]));
      metrics.write({ kind: "samples", step, numSteps, ...measured, ...named });
    }
    this.#options.onValidation?.(step, loss, samples);
    if (!isSound) throw await this.#failed(`the validation loss at step ${step} is ${loss.loss}`);
    this.#goOn();
    return keepBest === null ? null : betterValidation(keepBest, step, loss, samples, this.#best);
  }

  /**
   * Writes a checkpoint, unless it would be one that nobody can go on from.
   *
   * @param better What is told of it if it is the best so far.
   * @throws {FlmError} if that has been so for too long.
   */
  async #save(better: BestCheckpoint | null = null): Promise<void> {
    const { training: { train }, trainer: { step } } = this.#opened;
    this.#stop("checkpoint");
    await this.#clock.spend("writing", async () => {
      this.#fault ??= this.#health.judge(await this.#opened.probe()) ??
        await this.#trySave(step, better);
    });
    this.#goOn();
    if (this.#fault === null) {
      this.#waitingSince = null;
      return;
    }
    if (this.#waitingSince === null) {
      this.#waitingSince = step;
      this.#options.onUnhealthy?.(step, this.#fault, this.#checkpoint?.step ?? null);
    }
    const patience = Math.max(MAX_FAILED_STEPS, train.checkpointEvery);
    if (step - this.#waitingSince >= patience) {
      throw await this.#failed(`at step ${step}, ${this.#fault}`);
    }
  }

  /** Writes a checkpoint and gives what is wrong with the weights, or null. */
  async #trySave(step: number, better: BestCheckpoint | null): Promise<string | null> {
    try {
      const { seconds } = this.#time;
      const best = better ?? this.#best;
      const folder = await this.#opened.save({ unlogged: this.#window.unlogged, seconds, best });
      this.#best = best;
      this.#checkpoint = { step, seconds, folder, proven: false };
      this.#options.onCheckpoint?.(folder);
      return null;
    } catch (error) {
      if (error instanceof UnhealthyWeightsError) return error.fault;
      throw error;
    }
  }

  #failed(problem: string): Promise<FlmError> {
    const { section, optim } = this.#opened.training;
    const { run } = this.#options;
    const { step = null, proven = false } = this.#checkpoint ?? {};
    return trainingFailed({ run, section, optim, problem, checkpoint: step, proven });
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
