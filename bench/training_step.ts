/**
 * A full training step of the demo's model: noise, forward, backward, norm, AdamW, EMA.
 *
 * @module
 */

import { TrainingBatches } from "../lib/data/batches/batches.ts";
import { memoryBlocks } from "../lib/data/shards/blocks.ts";
import { GammaSchedule } from "../lib/flow/schedule.ts";
import type { Gpu } from "../lib/gpu/gpu.ts";
import { flmObjective } from "../lib/methods/flm/objective.ts";
import { Dit } from "../lib/model/dit.ts";
import { initialise } from "../lib/model/initialise.ts";
import { countParameters } from "../lib/model/parameters.ts";
import { ONE_RANK, type Ranks } from "../lib/train/ranks.ts";
import { Trainer } from "../lib/train/trainer.ts";
import { loadDemo } from "./demo.ts";
import { jaxTrainingStep } from "./jax_dit.ts";
import type { Benchmark, Contender } from "./subject.ts";

/** Steps of the demo's model. */
export interface DemoStep extends Contender {
  /** Bytes of the gradients. */
  readonly gradientBytes: number;
}

/** Trains the demo's model; each of the ranks has a batch of its own. */
export function demoStep(
  gpu: Gpu,
  { config, model: modelConfig }: Awaited<ReturnType<typeof loadDemo>>,
  ranks: Ranks = ONE_RANK,
): DemoStep {
  const batchSize = config.train.batchSize * ranks.numRanks;
  const { length, vocabSize } = modelConfig;
  const model = Dit.create(gpu, modelConfig, true);
  initialise(model, config.seed);
  const tokens = Uint32Array.from(
    { length: 4 * batchSize * length },
    (_, i) => (i * 7919) % vocabSize,
  );
  const objective = flmObjective({
    model,
    schedule: new GammaSchedule(vocabSize),
    batches: new TrainingBatches(memoryBlocks(tokens, length), { seed: config.seed, batchSize }),
    seed: config.seed,
    numMicroBatches: 1,
    ranks,
  });
  const trainer = new Trainer({
    model,
    objective,
    optim: config.optim,
    numSteps: config.train.numSteps,
    ranks,
  });
  return {
    gradientBytes: 4 * countParameters(model.parameters.specs),
    async run(repetitions) {
      for (let i = 0; i < repetitions; i++) await trainer.recordStep();
      await trainer.drain();
    },
    [Symbol.dispose]() {
      trainer[Symbol.dispose]();
      model[Symbol.dispose]();
    },
  };
}

/** The demo's training step. */
export async function trainingStep(): Promise<Benchmark[]> {
  const demo = await loadDemo();
  const { batchSize } = demo.config.train;
  const { length, hiddenSize, numBlocks, vocabSize } = demo.model;
  return [{
    name: "training step of the demo",
    shape: `batch ${batchSize} length ${length} hidden ${hiddenSize} blocks ${numBlocks} ` +
      `vocabulary ${vocabSize}`,
    unit: "tokens/s",
    work: batchSize * length,
    ours: (gpu) => demoStep(gpu, demo),
    peer: (jax) => jaxTrainingStep(jax, demo.model, batchSize),
  }];
}
