/**
 * A run on a dry device, opened as `train/open_run.ts` opens one, but of no data.
 *
 * @module
 */

import type { TrainPrecision } from "../config/config.ts";
import { TrainingBatches } from "../data/batches/batches.ts";
import type { BlockSource } from "../data/shards/blocks.ts";
import { fillerOf } from "../data/shards/packing.ts";
import { usualNoise } from "../flow/projected_noise.ts";
import { GammaSchedule } from "../flow/schedule.ts";
import { type DryGpuOptions, openDryGpu } from "../gpu/dry.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { sizeClass } from "../gpu/pool.ts";
import type { Recompute } from "../model/network.ts";
import type { ParameterStore, Segment } from "../model/parameters.ts";
import { microBatchesOf } from "../train/objective.ts";
import { createOptimizer, slicesFor } from "../train/optimizers.ts";
import { ONE_RANK, type Ranks } from "../train/ranks.ts";
import { RunValidation } from "../train/run_validation.ts";
import { Trainer } from "../train/trainer.ts";
import type { Training } from "../train/training.ts";
import { openDryJudge } from "./dry_judge.ts";
import { dryTraining, type PlannedTraining } from "./dry_training.ts";
import { SomeMicroBatches } from "./some_micro_batches.ts";

/** Which run, and on which card. */
export interface DryRunOptions extends PlannedTraining {
  /** The card; see {@linkcode openDryGpu}. */
  readonly device?: DryGpuOptions | undefined;
  /** Cards that share a batch; 1 unless told. */
  readonly cards?: number | undefined;
  /** In place of the configuration's. */
  readonly precision?: TrainPrecision | undefined;
  /** In place of the configuration's. */
  readonly recompute?: Recompute | undefined;
  /** In place of the configuration's; null takes a card's whole share at once. */
  readonly microBatchSize?: number | null | undefined;
}

/** Bytes that are there all the time, by what they are for. */
export interface StandingBytes {
  /** The network in training, with its copy in f16 if there is one. */
  readonly weights: number;
  /** Their gradients. */
  readonly gradients: number;
  /** The optimizer's state. */
  readonly optimizer: number;
  /** The running average of the weights. */
  readonly average: number;
  /** The models that it learns from. */
  readonly teachers: number;
  /** The judge of its validations, if its size is known. */
  readonly judge: number;
  /** Rotary positions, room for metrics. */
  readonly rest: number;
}

/** A run that can take steps. */
export interface DryRun extends Disposable {
  /** Where it runs. */
  readonly gpu: Gpu;
  /** What is trained. */
  readonly training: Training;
  /** Takes the steps. */
  readonly trainer: Trainer;
  /** What the steps are of. */
  readonly objective: SomeMicroBatches;
  /** Micro-batches of a whole step. */
  readonly numMicroBatches: number;
  /** What is there all the time. */
  readonly standing: StandingBytes;
  /** The most bytes in use at the end of a forward pass so far. */
  forwardBytes(): number;
  /** The losses that are measured before the first step. */
  probe(): Promise<void>;
  /** A validation, with what its judge does; its texts are not written. */
  validate(): Promise<void>;
}

/** Micro-batches of a step that are looked at: those of some distillations differ. */
const LOOKED_AT = 4;

/** Schedules take a tenth of a second each. */
const SCHEDULES = new Map<number, GammaSchedule>();

/**
 * Opens a run.
 *
 * @throws {DataError} if the cards cannot share its batch evenly.
 * @throws {OutOfMemoryError} if a buffer is larger than a binding may be, or the memory that the
 * device was given ends.
 */
export function openDryRun(options: DryRunOptions): DryRun {
  const { config: { seed, data: { packing }, flow }, tokens, cards = 1 } = options;
  using opened = new DisposableStack();
  const gpu = opened.use(openDryGpu(options.device));
  const training = withSettings(dryTraining(gpu, withPrecision(options)), options);
  const { modelConfig, networkClass, train, optim } = training;
  const teachers = gpu.memory().inUse;
  const judge = openDryJudge(gpu, options);
  if (judge !== undefined) opened.use(judge);
  const ofJudge = gpu.memory().inUse - teachers;

  const model = opened.use(networkClass.create(gpu, modelConfig, true));
  model.recompute = train.recompute;
  const padId = fillerOf(packing, tokens);
  const schedule = scheduleOf(modelConfig.vocabSize);
  const blocks = noBlocks(train.batchSize, modelConfig.length, padId);
  const batches = new TrainingBatches(blocks, { seed, batchSize: train.batchSize, padId });
  const ranks = dryRanks(cards);
  const numMicroBatches = microBatchesOf(train, ranks);
  let forward = 0;
  const objective = new SomeMicroBatches(
    training.objective({
      ...{ model, batches, schedule, seed, numMicroBatches, ranks },
      noise: training.choosesNoise ? flow.noise ?? usualNoise(modelConfig) : "explicit",
    }),
    LOOKED_AT,
    () => forward = Math.max(forward, gpu.memory().inUse),
  );
  training.start(model);
  const rank = rankWithMost(training, model.parameters, ranks);
  const slices = opened.use(slicesFor(training, model.parameters, { ...ranks, rank }));
  const before = gpu.memory().inUse;
  const optimizer = createOptimizer(slices ?? model.parameters, optim);
  const ofOptimizer = gpu.memory().inUse - before;
  const trainer = opened.use(
    new Trainer({
      ...{ model, objective, optim, optimizer, slices, ranks },
      numSteps: train.numSteps,
      precision: train.precision,
    }),
  );
  const averaged = opened.use(
    new networkClass(gpu, { ...modelConfig, dropout: 0 }, trainer.ema.parameters),
  );
  const looked = partly(training);
  const validation = new RunValidation({ training: looked, blocks, schedule, seed, padId });
  const standing = standingBytes(trainer, { optimizer: ofOptimizer, teachers, judge: ofJudge });
  const owned = opened.move();
  return {
    gpu,
    training,
    trainer,
    objective,
    numMicroBatches,
    standing,
    forwardBytes: () => forward,
    probe: async () => {
      await validation.probe(model);
      await validation.probe(averaged);
    },
    validate: async () => {
      await validation.measure(averaged);
      await judge?.score();
    },
    [Symbol.dispose]: () => owned.dispose(),
  };
}

/** γ(t) for a vocabulary, made once. */
function scheduleOf(vocabSize: number): GammaSchedule {
  let schedule = SCHEDULES.get(vocabSize);
  if (schedule === undefined) SCHEDULES.set(vocabSize, schedule = new GammaSchedule(vocabSize));
  return schedule;
}

/** What is in use by now, by what it is for. */
function standingBytes(
  { gpu, model: { parameters }, emas }: Trainer,
  { optimizer, teachers, judge }: Pick<StandingBytes, "optimizer" | "teachers" | "judge">,
): StandingBytes {
  const parts = {
    weights: bytesOf(parameters, "values") + bytesOf(parameters, "halves"),
    gradients: bytesOf(parameters, "grads"),
    optimizer,
    average: emas.reduce((sum, { segments }) => sum + bytesOf({ segments }, "values"), 0),
    teachers,
    judge,
  };
  const named = Object.values(parts).reduce((sum, bytes) => sum + bytes, 0);
  return { ...parts, rest: gpu.memory().inUse - named };
}

/** A planned training whose configuration has another precision, if one is given. */
function withPrecision({ precision, ...planned }: DryRunOptions): PlannedTraining {
  const { config, method: { section } } = planned;
  if (precision === undefined) return planned;
  const train = { ...config.train, precision };
  if (section === null) return { ...planned, config: { ...config, train } };
  const own = config[section];
  const changed = { ...own, train: { ...own.train, precision } };
  return { ...planned, config: { ...config, train, [section]: changed } };
}

/** A training with settings in place of its own, and short validations. */
function withSettings(training: Training, options: DryRunOptions): Training {
  const { recompute, microBatchSize, cards = 1 } = options;
  const { train } = training;
  const share = train.batchSize / cards;
  const asked = microBatchSize === undefined ? train.microBatchSize : microBatchSize;
  return {
    ...training,
    train: {
      ...train,
      evalBatches: 1,
      recompute: recompute ?? train.recompute,
      microBatchSize: Math.min(asked ?? share, share),
    },
  };
}

/** A training whose objectives have but some of their micro-batches. */
function partly(training: Training): Training {
  return {
    ...training,
    objective: (options) => new SomeMicroBatches(training.objective(options), LOOKED_AT),
  };
}

/** Blocks of the same token everywhere. */
function noBlocks(numBlocks: number, length: number, padId: number | null): BlockSource {
  const token = padId === 0 ? 1 : 0;
  return {
    numBlocks,
    length,
    read: (_, target, offset) => void target.fill(token, offset, offset + length),
  };
}

/** The rank whose slice takes the most memory: they differ by how buffers are rounded up. */
function rankWithMost(training: Training, store: ParameterStore, ranks: Ranks): number {
  const sizes = Array.from({ length: ranks.numRanks }, (_, rank) => {
    using slices = slicesFor(training, store, { ...ranks, rank });
    return slices?.segments.reduce((sum, { values }) => sum + sizeClass(values.byteLength), 0) ?? 0;
  });
  return sizes.indexOf(Math.max(...sizes));
}

/** One of some ranks, the others of which are not there. */
function dryRanks(numRanks: number): Ranks {
  return { ...ONE_RANK, numRanks, sum: (value) => value * numRanks };
}

function bytesOf<What extends "values" | "grads" | "halves">(
  { segments }: { segments: readonly Pick<Segment, What>[] },
  what: What,
): number {
  return segments.reduce((sum, segment) => sum + (segment[what]?.buffer.size ?? 0), 0);
}
