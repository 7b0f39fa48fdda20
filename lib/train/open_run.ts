/**
 * The opening of a training run: its data, networks, optimizer and metrics, as
 * they are at the beginning or were when the newest checkpoint was written.
 *
 * @module
 */

import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { requireSameTeachers } from "../checkpoint/learned_from.ts";
import {
  listCheckpoints,
  requireRoomForCheckpoints,
  writeLatest,
} from "../checkpoint/run_folder.ts";
import type { BestCheckpoint } from "../checkpoint/state.ts";
import { TrainingBatches } from "../data/batches/batches.ts";
import { ReadAhead } from "../data/batches/read_ahead.ts";
import { fillerOf } from "../data/shards/packing.ts";
import { trainingConfig } from "../config/config.ts";
import { emaDecays } from "../config/ema_decays.ts";
import { ConfigError } from "../errors.ts";
import { GammaSchedule } from "../flow/schedule.ts";
import { type BackendName, BACKENDS } from "../gpu/backend.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { countParameters } from "../model/parameters.ts";
import type { ProbeLosses } from "./health.ts";
import { LineAverages } from "./line_averages.ts";
import { END, type MetricsRecord } from "./metrics.ts";
import { microBatchesOf } from "./objective.ts";
import { PhaseClock } from "./phase_clock.ts";
import { slicesFor } from "./optimizers.ts";
import { ONE_RANK, type Ranks } from "./ranks.ts";
import { type LoggerName, RunLog } from "./run_log.ts";
import { RunValidation } from "./run_validation.ts";
import { settleWays, shareWays, type WaysOptions } from "./run_ways.ts";
import { type RunProgress, saveRun } from "./save_run.ts";
import type { TakenRun, TakeRunOptions } from "./take_run.ts";
import { Trainer } from "./trainer.ts";
import type { Training } from "./training.ts";
import type { ValidationLoss } from "./validation_loss.ts";
import type { ValidationSamples, WriteSamples } from "./validation_samples.ts";

/** What a training keeps on the device, besides what a step needs. */
export interface TrainingNeeds {
  /** Numbers that are trained. */
  parameters: number;
  /**
   * Bytes of weights, gradients, two moments of each number, and the averages of the weights. Muon
   * keeps one moment of the hidden matrices, and takes less.
   */
  bytes: number;
}

/** Which run is opened, and how. */
export interface OpenRunOptions extends TakeRunOptions, WaysOptions {
  /** Where to train. */
  gpu: Gpu;
  /**
   * The time in milliseconds, by which a run with `train.minutes` ends; a clock that never goes
   * back by default.
   */
  now?: () => number;
  /** Writes texts at each validation; none are written unless given. */
  writeSamples?: WriteSamples;
  /** The commit of the program, which checkpoints keep; nothing unless given. */
  commit?: string;
  /** What takes the metrics besides the metrics file, and what took them before: that goes on. */
  loggers?: readonly LoggerName[];
  /** Stops the run after the steps in progress, with a checkpoint. */
  signal?: AbortSignal;
  /** While the shards are compared with their hashes: bytes so far, and of all. */
  onVerify?: (done: number, total: number) => void;
  /** Before memory is taken for the network and its optimizer. */
  onNeeds?: (needs: TrainingNeeds) => void;
  /**
   * Before a run goes on from a step that has later checkpoints: metrics after the step are about
   * to be removed, and these checkpoints will be when the next one has been written.
   */
  onReplace?: (step: number, later: readonly number[]) => void;
  /** When a run goes on by another backend than the one that it was trained by. */
  onOtherBackend?: (before: BackendName, now: BackendName) => void;
}

/** A run that is ready for its next step. */
export interface OpenedRun extends Disposable {
  /** What is trained. */
  readonly training: Training;
  /** Takes the steps. */
  readonly trainer: Trainer;
  /** Its metrics file, and what else takes its records; nothing takes them but on rank 0. */
  readonly metrics: Pick<RunLog, "write">;
  /** Counts what its time goes into: with what earlier sittings have not told in a line. */
  readonly clock: PhaseClock;
  /** What its lines say of earlier ones, too. */
  readonly averages: LineAverages;
  /** The checkpoint that it goes on from; undefined for a new run. */
  readonly previous: Checkpoint | undefined;
  /** The best checkpoint that it had there, if that one is left. */
  readonly best: BestCheckpoint | undefined;
  /** Waits for the batch of a step. */
  prepare(step: number): Promise<void>;
  /** The loss of the EMA weights on validation data. */
  validate(): Promise<ValidationLoss>;
  /** The losses on the first batch of the validation data, with the same draws each time. */
  probe(): Promise<ProbeLosses>;
  /** Texts of the EMA weights, if there is something that writes them. */
  writeSamples(): Promise<readonly ValidationSamples[]>;
  /**
   * Writes a checkpoint and gives its folder.
   *
   * @throws {UnhealthyWeightsError} if the weights are not those of a network that works.
   */
  save(progress: RunProgress): Promise<string>;
}

/**
 * Makes a run ready for its next step.
 *
 * @throws {DataError} if the shards are not as they were written.
 * @throws {ConfigError} if the adapter has not the precision that is asked for.
 * @throws {CheckpointError} if the checkpoint is damaged, or its teachers were others.
 */
export async function openRun(
  options: OpenRunOptions,
  taken: TakenRun,
): Promise<OpenedRun> {
  const { gpu, run, ranks = ONE_RANK, onReplace } = options;
  const { config, tokenizer, shards, training, previous } = taken;
  const { modelConfig, train } = training;
  await requireFit(options, taken);
  using opened = new DisposableStack();
  // Rank 0 tries for all: their products must be the same, to the bit.
  const { tune, onOtherWays } = options;
  const told = { ...(ranks.rank === 0 && tune && { tune }), ...(onOtherWays && { onOtherWays }) };
  opened.use(await settleWays(gpu, taken, ranks.numRanks, told));
  await shareWays(gpu, ranks);
  options.onNeeds?.(needsOf(training, ranks));
  const schedule = new GammaSchedule(modelConfig.vocabSize);
  const { trainer, batches } = await openTrainer(options, taken, schedule, opened);
  const { model } = trainer;
  if (previous !== undefined) {
    if (ranks.rank === 0) await goOnFrom(previous.state.step, run, onReplace);
    const { backend = BACKENDS[0] } = previous.state;
    if (backend !== gpu.backend) options.onOtherBackend?.(backend, gpu.backend);
  }
  const resumedStep = previous === undefined ? null : trainer.step;
  const [clock, averages] = [new PhaseClock(), new LineAverages(train.logEvery)];
  const isKept = (record: MetricsRecord) => {
    averages.goOnFrom(record);
    if (record.kind === END) clock.goOnFrom(record);
    return record.kind !== END;
  };
  const metrics = ranks.rank === 0
    ? opened.use(await RunLog.open(run, resumedStep, { loggers: options.loggers, isKept }))
    : { write: () => {} };
  const averaged = opened.use(
    new training.networkClass(gpu, { ...modelConfig, dropout: 0 }, trainer.ema.parameters),
  );
  const blocks = shards.blocks("validation");
  const padId = fillerOf(config.data.packing, tokenizer);
  const validation = new RunValidation({ training, blocks, schedule, seed: config.seed, padId });
  const { best } = previous?.state ?? {};
  const isLeft = best !== undefined && (await listCheckpoints(run)).includes(best.step);
  const owned = opened.move();
  return {
    training,
    trainer,
    metrics,
    clock,
    averages,
    previous,
    best: isLeft ? best : undefined,
    prepare: (step) => batches.prepare(step),
    async validate() {
      await trainer.ema.gather();
      return await validation.measure(averaged);
    },
    async probe() {
      await trainer.ema.gather();
      return {
        weights: await validation.probe(model),
        average: await validation.probe(averaged),
      };
    },
    async writeSamples() {
      await trainer.ema.gather();
      const { heldTeacher: teacher } = training;
      const model = { network: averaged, teacher, tokenizer, schedule, train, blocks };
      return await options.writeSamples?.(model) ?? [];
    },
    save: (progress) =>
      saveRun(run, taken, trainer, ranks, { ...progress, commit: options.commit }),
    [Symbol.dispose]: () => owned.dispose(),
  };
}

/** Checks what a run is made of, before memory is taken for it. @throws {FlmError} */
async function requireFit(
  { gpu, run, signal, onVerify }: OpenRunOptions,
  { shards, training: { train, teachers }, previous }: TakenRun,
): Promise<void> {
  if (previous !== undefined) requireSameTeachers(run, previous.state.learnedFrom, teachers);
  await shards.verify({ onProgress: onVerify, signal });
  if (train.precision !== "mixed" || gpu.hasF16) return;
  throw new ConfigError(
    `train.precision: mixed needs numbers of 16 bits (shader-f16), which the adapter ` +
      `${gpu.adapterName} does not have; expected f32`,
  );
}

/**
 * The trainer of a run, at its beginning or where its checkpoint was written, and what it learns
 * from.
 *
 * @param opened Takes what is to be freed with the run.
 */
async function openTrainer(
  { gpu, run, ranks = ONE_RANK }: OpenRunOptions,
  { config, tokenizer, shards, training, previous }: TakenRun,
  schedule: GammaSchedule,
  opened: DisposableStack,
): Promise<{ trainer: Trainer; batches: ReadAhead }> {
  const { seed, data: { dir, packing }, flow } = config;
  const { modelConfig, train, optim } = training;
  const model = opened.use(training.networkClass.create(gpu, modelConfig, true));
  model.recompute = train.recompute;
  const shuffled = new TrainingBatches(shards.blocks("train"), {
    seed,
    batchSize: train.batchSize,
    padId: fillerOf(packing, tokenizer),
  });
  const batches = opened.use(
    new ReadAhead(shuffled, { folder: dir, split: "train", share: ranks }),
  );
  const numMicroBatches = microBatchesOf(train, ranks);
  const objective = training.objective({
    ...{ model, batches, schedule, seed, numMicroBatches, ranks },
    noise: flow.noise ?? "explicit",
  });
  await requireRoomForCheckpoints(run);
  if (previous === undefined) training.start(model);
  else await previous.load(gpu, "model", model.parameters.tensors);
  const slices = opened.use(slicesFor(training, model.parameters, ranks));
  const trainer = opened.use(
    new Trainer({
      ...{ model, objective, optim, slices, ranks },
      numSteps: train.numSteps,
      precision: train.precision,
      measuresNoise: train.gradNoiseScale,
    }),
  );
  if (previous !== undefined) await loadTrainer(trainer, previous, training);
  return { trainer, batches };
}

/** Has a trainer go on from a checkpoint, whose weights its model has already. */
async function loadTrainer(
  trainer: Trainer,
  previous: Checkpoint,
  { section }: Training,
): Promise<void> {
  const { gpu } = trainer;
  for (const { decay, tensors } of trainer.emas) {
    // An average that the run had not begins as the one that it had.
    await previous.load(gpu, previous.averageOf(decay) ?? "ema", tensors);
  }
  // A run in f32 has no loss scale to go on from.
  const before = trainingConfig(previous.state.config, section).train.precision;
  const state = before === "mixed" ? trainer.stateTensors : trainer.optimizer.tensors;
  await previous.load(gpu, "optimizer", state);
  trainer.resumeAt(previous.state.step);
}

function needsOf(
  { networkClass, modelConfig, train, optim }: Training,
  { numRanks }: Ranks,
): TrainingNeeds {
  const parameters = countParameters(networkClass.specs(modelConfig));
  const ofState = (2 + emaDecays(optim).length) / (train.shardOptimizer ? numRanks : 1);
  const bytesOfEach = (2 + ofState) * 4 + (train.precision === "mixed" ? 2 : 0);
  return { parameters, bytes: Math.round(bytesOfEach * parameters) };
}

/** Makes a step the one that the run goes on from; checkpoints after it stay until the next. */
async function goOnFrom(
  step: number,
  run: string,
  onReplace: OpenRunOptions["onReplace"],
): Promise<void> {
  const later = (await listCheckpoints(run)).filter((each) => each > step);
  if (later.length === 0) return;
  onReplace?.(step, later.reverse());
  await writeLatest(run, step);
}
