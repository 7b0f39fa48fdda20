/**
 * A training run from configuration to checkpoint: the loop with its metrics,
 * validation, checkpoints, resume and interruption.
 *
 * @module
 */

import type { Config } from "../config.ts";
import { TrainingBatches, ValidationBatches } from "../data/batches.ts";
import { openShards } from "../data/shards.ts";
import { CheckpointError, FlmError } from "../errors.ts";
import { validate, type ValidationLoss } from "../eval/validation.ts";
import { GammaSchedule } from "../flow/schedule.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Pacer } from "../gpu/pacer.ts";
import { Dit } from "../model/dit.ts";
import type { DitConfig } from "../model/dit_specs.ts";
import { initialise } from "../model/initialise.ts";
import { makeFolder } from "../io/write_error.ts";
import { createTokenizer, type Tokenizer } from "../text/tokenizer.ts";
import { Checkpoint, writeCheckpoint } from "./checkpoint.ts";
import { type CheckpointState, requireSameModel } from "./checkpoint_state.ts";
import { FlmObjective } from "./flm_objective.ts";
import { MetricsWriter } from "./metrics.ts";
import { type StepMetrics, Trainer } from "./trainer.ts";

/** Metrics of a run: a JSON line each. */
export const METRICS_FILE = "metrics.jsonl";
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
  /** After a checkpoint was written to a folder. */
  onCheckpoint?: (folder: string) => void;
}

/** What {@linkcode trainRun} needs. */
export interface TrainRunOptions extends RunHooks {
  /** Where to train. */
  gpu: Gpu;
  /** What to train. */
  config: Config;
  /** The run's folder; made if it is not there. */
  run: string;
  /** Goes on from the run's newest checkpoint. */
  resume: boolean;
  /** Stops the run after the step in progress, with a checkpoint. */
  signal?: AbortSignal;
}

/** How a run ended. */
export interface TrainRunResult {
  /** Steps done in all. */
  step: number;
  /** Whether the signal stopped it. */
  interrupted: boolean;
  /** The last validation, of the EMA weights; undefined if there was none. */
  validation: ValidationLoss | undefined;
  /** The newest checkpoint's folder. */
  checkpoint: string;
}

/** The network that a configuration describes, for a tokenizer. */
export function flmModelConfig(config: Config, tokenizer: Tokenizer): DitConfig {
  return {
    ...config.model,
    vocabSize: tokenizer.vocabSize,
    length: config.data.length,
    doubleTemb: false,
  };
}

/**
 * Trains an FLM, or goes on training it.
 *
 * @throws {DataError} if the shards are missing or do not fit.
 * @throws {CheckpointError} if there is nothing to resume or it does not fit, or if the run
 * folder holds a run already and `resume` is not asked for.
 * @throws {GpuError} if the device fails.
 */
export async function trainRun(options: TrainRunOptions): Promise<TrainRunResult> {
  const { gpu, config, run } = options;
  const tokenizer = await createTokenizer(config.data.tokenizer);
  using shards = await openShards(config.data.dir, { tokenizer, length: config.data.length });
  const previous = await openPrevious(options);
  const modelConfig = flmModelConfig(config, tokenizer);

  using model = Dit.create(gpu, modelConfig, true);
  const schedule = new GammaSchedule(modelConfig.vocabSize);
  const { batchSize, microBatchSize } = config.train;
  const objective = new FlmObjective({
    model,
    schedule,
    batches: new TrainingBatches(shards.blocks("train"), { seed: config.seed, batchSize }),
    seed: config.seed,
    numMicroBatches: batchSize / (microBatchSize ?? batchSize),
  });
  if (previous === undefined) initialise(model, config.seed);
  else {
    requireSameModel(previous.location, previous.state.model, modelConfig);
    await previous.load(gpu, "model", model.parameters.tensors);
  }
  using trainer = new Trainer(model, objective, config.optim, config.train.numSteps);
  if (previous !== undefined) {
    await previous.load(gpu, "ema", trainer.ema.parameters.tensors);
    await previous.load(gpu, "optimizer", trainer.optimizer.tensors);
    trainer.resumeAt(previous.state.step);
  }
  await makeFolder(run);
  using metrics = await MetricsWriter.open(
    `${run}/${METRICS_FILE}`,
    previous === undefined ? null : trainer.step,
  );
  using averaged = new Dit(gpu, modelConfig, trainer.ema.parameters);
  const state = (): CheckpointState => ({
    format: "flm-checkpoint",
    version: 1,
    kind: "flm",
    step: trainer.step,
    model: modelConfig,
    tokenizer: { name: tokenizer.name, fingerprint: tokenizer.fingerprint },
    dataHash: shards.manifest.configHash,
    config,
    adapter: gpu.adapterName,
  });
  const loop = new Loop(options, trainer, metrics, {
    state,
    validate: () =>
      validate({
        model: averaged,
        batches: new ValidationBatches(
          shards.blocks("validation"),
          microBatchSize ?? batchSize,
        ),
        numBatches: config.train.evalBatches,
        schedule,
        seed: config.seed,
      }),
  });
  await options.onStart?.(trainer.step);
  return await loop.run();
}

async function openPrevious({ run, resume }: TrainRunOptions): Promise<Checkpoint | undefined> {
  if (resume) return await Checkpoint.open(run);
  try {
    await Deno.stat(`${run}/latest.json`);
  } catch {
    return undefined;
  }
  throw new CheckpointError(
    `The folder ${run} holds a run already. Go on with it by --resume ${run}, choose another ` +
      `name, or remove the folder.`,
  );
}

interface LoopParts {
  state: () => CheckpointState;
  validate: () => Promise<ValidationLoss>;
}

class Loop {
  readonly #options: TrainRunOptions;
  readonly #trainer: Trainer;
  readonly #metrics: MetricsWriter;
  readonly #parts: LoopParts;
  /** Steps read back since the last line of metrics. */
  #window: StepMetrics[] = [];
  #windowStarted = performance.now();
  #failedSteps = 0;
  readonly #pacer = new Pacer(AHEAD_SECONDS);
  #validation: ValidationLoss | undefined;
  #validatedAt = -1;
  #checkpointedAt = -1;
  #checkpoint = "";

  constructor(
    options: TrainRunOptions,
    trainer: Trainer,
    metrics: MetricsWriter,
    parts: LoopParts,
  ) {
    this.#options = options;
    this.#trainer = trainer;
    this.#metrics = metrics;
    this.#parts = parts;
  }

  async run(): Promise<TrainRunResult> {
    const { config: { train }, signal } = this.#options;
    const trainer = this.#trainer;
    while (trainer.step < train.numSteps && !signal?.aborted) {
      trainer.recordStep();
      const wait = this.#pacer.record();
      const at = (every: number) => every > 0 && trainer.step % every === 0;
      const due = at(train.logEvery) || at(train.evalEvery) || at(train.checkpointEvery);
      if (!due && !wait && !trainer.full) continue;
      await this.#drain();
      if (at(train.evalEvery)) await this.#validate();
      if (at(train.checkpointEvery)) await this.#save();
    }
    await this.#drain();
    const interrupted = trainer.step < train.numSteps;
    if (!interrupted && this.#validatedAt !== trainer.step) await this.#validate();
    if (this.#checkpointedAt !== trainer.step) await this.#save();
    return {
      step: trainer.step,
      interrupted,
      validation: this.#validation,
      checkpoint: this.#checkpoint,
    };
  }

  async #drain(): Promise<void> {
    const steps = await this.#trainer.drain();
    this.#pacer.waited();
    const now = performance.now();
    const { config: { train, data } } = this.#options;
    for (const step of steps) {
      this.#countFailure(step);
      this.#window.push(step);
      if (step.step % train.logEvery !== 0 && step.step !== train.numSteps) continue;
      const seconds = (now - this.#windowStarted) / 1000;
      const mean = (key: "loss" | "gradNorm") =>
        this.#window.reduce((sum, entry) => sum + entry[key], 0) / this.#window.length;
      this.#metrics.write({
        kind: "train",
        step: step.step,
        loss: mean("loss"),
        gradNorm: mean("gradNorm"),
        lr: step.lr,
        tokensPerSecond: this.#window.length * train.batchSize * data.length / seconds,
      });
      this.#window = [];
      this.#windowStarted = now;
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
    const { step } = this.#trainer;
    const loss = this.#validation = await this.#parts.validate();
    this.#validatedAt = step;
    this.#metrics.write({
      kind: "validation",
      step,
      loss: loss.loss,
      standardError: loss.standardError,
      ...Object.fromEntries(loss.byTime.map((value, i) => [`lossByTime${i}`, value])),
    });
    this.#options.onValidation?.(step, loss);
    this.#resetClock();
  }

  async #save(): Promise<void> {
    const { gpu, run, config, onCheckpoint } = this.#options;
    const trainer = this.#trainer;
    this.#checkpoint = await writeCheckpoint(gpu, run, this.#parts.state(), {
      model: trainer.model.parameters.tensors,
      ema: trainer.ema.parameters.tensors,
      optimizer: trainer.optimizer.tensors,
    }, config.train.keepCheckpoints);
    this.#checkpointedAt = trainer.step;
    onCheckpoint?.(this.#checkpoint);
    this.#resetClock();
  }

  /** Time spent on other things than steps does not count in their rate. */
  #resetClock(): void {
    this.#pacer.restart();
    this.#windowStarted = performance.now();
  }
}
