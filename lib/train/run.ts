/**
 * A training run from configuration to checkpoint: the loop with its metrics,
 * validation, checkpoints, resume and interruption.
 *
 * @module
 */

import type { Config, TrainConfig } from "../config.ts";
import { TrainingBatches, ValidationBatches } from "../data/batches.ts";
import { ReadAhead } from "../data/read_ahead.ts";
import { openShards } from "../data/shards.ts";
import { CheckpointError, FlmError } from "../errors.ts";
import { objectiveLoss } from "../eval/objective_loss.ts";
import { validate, type ValidationLoss } from "../eval/validation.ts";
import { GammaSchedule } from "../flow/schedule.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Pacer } from "../gpu/pacer.ts";
import type { Dit } from "../model/dit.ts";
import type { DitConfig } from "../model/dit_specs.ts";
import { makeFolder } from "../io/system_error.ts";
import { createTokenizer, type Tokenizer } from "../text/tokenizer.ts";
import { Checkpoint, writeCheckpoint } from "./checkpoint.ts";
import { type CheckpointState, requireSameModel } from "./checkpoint_state.ts";
import { MetricsWriter } from "./metrics.ts";
import { flmStage, type Stage } from "./stages.ts";
import { type StepMetrics, Trainer } from "./trainer.ts";

/** Metrics of a run: a JSON line each. */
export const METRICS_FILE = "metrics.jsonl";
/** Seconds of work the host may be ahead of the device. */
const AHEAD_SECONDS = 0.5;
/** Steps in a row with a loss or gradient that is no number, after which a run stops. */
const MAX_FAILED_STEPS = 20;

/** Called as a run goes on. */
export interface RunHooks {
  /** While the shards are compared with their hashes: bytes so far, and of all. */
  onVerify?: (done: number, total: number) => void;
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
  /** Which training of the chain; the first, of an FLM, unless given. */
  stage?: Stage;
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

/**
 * Trains a model, or goes on training it.
 *
 * @throws {DataError} if the shards are missing or do not fit.
 * @throws {CheckpointError} if there is nothing to resume or it does not fit, or if the run
 * folder holds a run already and `resume` is not asked for.
 * @throws {GpuError} if the device fails.
 */
export async function trainRun(options: TrainRunOptions): Promise<TrainRunResult> {
  const { gpu, config, run } = options;
  const tokenizer = await createTokenizer(config.data.tokenizer, {
    file: config.data.tokenizerFile,
  });
  using shards = await openShards(config.data.dir, { tokenizer, length: config.data.length });
  const previous = await openPrevious(options);
  await shards.verify({ onProgress: options.onVerify, signal: options.signal });
  const stage = options.stage ?? flmStage(config, tokenizer);
  const { modelConfig, train, optim, teacher } = stage;
  requireData(modelConfig, config, tokenizer);

  using model = stage.networks.create(gpu, modelConfig, true);
  const shared = {
    schedule: new GammaSchedule(modelConfig.vocabSize),
    seed: config.seed,
    numMicroBatches: train.batchSize / (train.microBatchSize ?? train.batchSize),
  };
  const padId = config.data.packing === "padded" ? tokenizer.padId : null;
  const batching = { seed: config.seed, batchSize: train.batchSize, padId };
  const shuffled = new TrainingBatches(shards.blocks("train"), batching);
  using batches = new ReadAhead(shuffled, { folder: config.data.dir, split: "train" });
  const objective = stage.objective({ model, batches, ...shared });
  if (previous === undefined) stage.start(model);
  else {
    requireSameModel(previous.location, previous.state, stage.kind, modelConfig);
    await previous.load(gpu, "model", model.parameters.tensors);
  }
  using trainer = new Trainer(model, objective, optim, train.numSteps);
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
  using averaged = new stage.networks(gpu, { ...modelConfig, dropout: 0 }, trainer.ema.parameters);
  const validation = shards.blocks("validation");
  const loop = new Loop(options, train, trainer, metrics, {
    prepare: (step) => batches.prepare(step),
    validate() {
      if (stage.kind !== "flm") {
        const batches = new TrainingBatches(validation, batching);
        const objective = stage.objective({ model: averaged, batches, ...shared });
        const sequence = objective.tokensPerStep / train.batchSize;
        return objectiveLoss(gpu, objective, train.evalBatches, sequence);
      }
      const batches = new ValidationBatches(validation, train.microBatchSize ?? train.batchSize);
      const { schedule, seed } = shared;
      const numBatches = train.evalBatches;
      return validate({ model: averaged as Dit, batches, numBatches, schedule, seed, padId });
    },
    save() {
      const state: CheckpointState = {
        format: "flm-checkpoint",
        version: 1,
        kind: stage.kind,
        step: trainer.step,
        model: modelConfig,
        ...(teacher && { teacher: teacher.config }),
        tokenizer: { name: tokenizer.name, fingerprint: tokenizer.fingerprint },
        dataHash: shards.manifest.configHash,
        config,
        adapter: gpu.adapterName,
      };
      return writeCheckpoint(
        gpu,
        run,
        state,
        {
          model: model.parameters.tensors,
          ema: trainer.ema.parameters.tensors,
          optimizer: trainer.optimizer.tensors,
          ...(teacher && { teacher: teacher.parameters.tensors }),
        },
        train.keepCheckpoints,
        tokenizer.vocabulary,
      );
    },
  });
  await options.onStart?.(trainer.step);
  return await loop.run();
}

/** A student's sizes come from its teacher, the data's from the configuration. */
function requireData(model: DitConfig, { data }: Config, tokenizer: Tokenizer): void {
  const found = { vocabSize: tokenizer.vocabSize, length: data.length };
  for (const [key, value] of Object.entries(found)) {
    const expected = model[key as keyof typeof found];
    if (value === expected) continue;
    throw new CheckpointError(
      `The teacher does not fit the data: its ${key} is ${expected}, that of the configuration's ` +
        `data is ${value}. Distil with the data that the teacher was trained on.`,
    );
  }
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
  prepare: (step: number) => Promise<void>;
  validate: () => Promise<ValidationLoss>;
  save: () => Promise<string>;
}

class Loop {
  readonly #options: TrainRunOptions;
  readonly #train: TrainConfig;
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
    train: TrainConfig,
    trainer: Trainer,
    metrics: MetricsWriter,
    parts: LoopParts,
  ) {
    this.#options = options;
    this.#train = train;
    this.#trainer = trainer;
    this.#metrics = metrics;
    this.#parts = parts;
  }

  async run(): Promise<TrainRunResult> {
    const train = this.#train;
    const { signal } = this.#options;
    const trainer = this.#trainer;
    while (trainer.step < train.numSteps && !signal?.aborted) {
      await this.#parts.prepare(trainer.step);
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
    const train = this.#train;
    const { length } = this.#trainer.model.config;
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
        tokensPerSecond: this.#window.length * train.batchSize * length / seconds,
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
    this.#checkpoint = await this.#parts.save();
    this.#checkpointedAt = this.#trainer.step;
    this.#options.onCheckpoint?.(this.#checkpoint);
    this.#resetClock();
  }

  /** Time spent on other things than steps does not count in their rate. */
  #resetClock(): void {
    this.#pacer.restart();
    this.#windowStarted = performance.now();
  }
}
