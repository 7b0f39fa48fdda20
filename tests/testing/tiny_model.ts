/**
 * A model small enough to train in seconds.
 *
 * @module
 */

import type { NoiseName, OptimConfig, TrainPrecision } from "../../lib/config/config.ts";
import { TrainingBatches } from "../../lib/data/batches/batches.ts";
import { memoryBlocks } from "../../lib/data/shards/blocks.ts";
import { GammaSchedule } from "../../lib/flow/schedule.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { flmObjective } from "../../lib/methods/flm/objective.ts";
import { Dit } from "../../lib/model/dit.ts";
import type { DitConfig } from "../../lib/model/dit_specs.ts";
import { initialise } from "../../lib/model/initialise.ts";
import type { Objective } from "../../lib/train/objective.ts";
import type { NamedTensor } from "../../lib/model/named_tensors.ts";
import { type StepMetrics, Trainer } from "../../lib/train/trainer.ts";
import { randomNumbers } from "./check_op.ts";

/** An FLM of two blocks; odd sizes where they may be odd. */
export const TINY: DitConfig = {
  vocabSize: 11,
  length: 9,
  hiddenSize: 32,
  numBlocks: 2,
  numHeads: 4,
  condDim: 16,
  dropout: 0,
  doubleTemb: false,
  learnableLossWeighting: false,
  logitCap: null,
};

/** A quick optimizer for it. */
export const TINY_OPTIM: OptimConfig = {
  optimizer: "adamw",
  schedule: "wsd",
  lr: 3e-3,
  minLr: 0,
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  weightDecay: 0,
  vectorWeightDecay: null,
  vocabularyWeightDecay: null,
  warmupSteps: 5,
  decaySteps: 0,
  gradClip: 1,
  emaDecay: 0.9,
};

/** What {@linkcode tinyTrainer} makes. */
export interface TinyTraining extends Disposable {
  model: Dit;
  trainer: Trainer;
}

/** A trainer of a tiny FLM on `tokens`, blocks of `config.length`. */
export function tinyTrainer(
  gpu: Gpu,
  tokens: Uint32Array,
  options: {
    config?: Partial<DitConfig>;
    optim?: Partial<OptimConfig>;
    batchSize: number;
    numMicroBatches?: number;
    seed?: number;
    precision?: TrainPrecision;
    noise?: NoiseName;
    measuresNoise?: boolean;
    /** Makes another objective of the FLM's. */
    change?: (objective: Objective) => Objective;
  },
): TinyTraining {
  const config = { ...TINY, ...options.config };
  const { batchSize, numMicroBatches = 1, seed = 1, precision = "f32", noise = "explicit" } =
    options;
  using made = new DisposableStack();
  const model = made.use(Dit.create(gpu, config, true));
  initialise(model, seed);
  const { measuresNoise = false, change = (objective: Objective) => objective } = options;
  const objective = change(flmObjective({
    model,
    schedule: new GammaSchedule(config.vocabSize),
    batches: new TrainingBatches(memoryBlocks(tokens, config.length), { seed, batchSize }),
    seed,
    numMicroBatches,
    noise,
  }));
  const trainer = made.use(
    new Trainer({
      model,
      objective,
      optim: { ...TINY_OPTIM, ...options.optim },
      numSteps: 1000,
      precision,
      measuresNoise,
    }),
  );
  const owned = made.move();
  return { model, trainer, [Symbol.dispose]: () => owned.dispose() };
}

/** The same objective, which never learns what gradient its losses will get. */
export function withoutLossGrads(objective: Objective): Objective {
  return {
    ...objective,
    begin(step) {
      const whole = objective.begin(step);
      return {
        numTokens: whole.numTokens,
        mask: (microBatch) => whole.mask(microBatch),
        loss: (tape, microBatch) => whole.loss(tape, microBatch),
        finish: () => whole.finish?.(),
        [Symbol.dispose]: () => whole[Symbol.dispose](),
      };
    },
  };
}

/** `count` sequences of random tokens. */
export function randomSequences(
  count: number,
  { length, vocabSize }: Pick<DitConfig, "length" | "vocabSize"> = TINY,
): Uint32Array {
  return Uint32Array.from(
    randomNumbers(count * length, 3),
    (value) => Math.floor((value + 1) / 2 * vocabSize),
  );
}

/** Trains for some steps, and gives what is known of them. */
export async function recordSteps(
  { trainer }: Pick<TinyTraining, "trainer">,
  count: number,
): Promise<StepMetrics[]> {
  for (let i = 0; i < count; i++) await trainer.recordStep();
  return await trainer.drain();
}

/** All that decides how a training goes on: weights, averages, moments and the loss scale. */
export function stateTensors({ model, trainer }: TinyTraining): NamedTensor[] {
  const groups = {
    model: model.parameters.tensors,
    ema: trainer.ema.parameters.tensors,
    state: trainer.stateTensors,
  };
  return Object.entries(groups).flatMap(([group, tensors]) =>
    tensors.map((tensor) => ({ ...tensor, name: `${group}.${tensor.name}` }))
  );
}

/** The numbers of {@linkcode stateTensors}. */
export async function readState(training: TinyTraining): Promise<Float32Array[]> {
  const { gpu } = training.model;
  const all = [];
  for (const { windows } of stateTensors(training)) {
    for (const { tensor } of windows) all.push(await gpu.read(tensor));
  }
  return all;
}
