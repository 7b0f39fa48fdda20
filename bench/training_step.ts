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
import { Trainer } from "../lib/train/trainer.ts";
import { loadDemo } from "./demo.ts";
import { jaxTrainingStep } from "./jax_dit.ts";
import type { Benchmark, Contender } from "./subject.ts";

/** The demo's training step. */
export async function trainingStep(): Promise<Benchmark[]> {
  const { config, model: modelConfig } = await loadDemo();
  const { batchSize } = config.train;
  const { length, hiddenSize, numBlocks, vocabSize } = modelConfig;

  const ours = (gpu: Gpu): Contender => {
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
    });
    const trainer = new Trainer({
      model,
      objective,
      optim: config.optim,
      numSteps: config.train.numSteps,
    });
    return {
      async run(repetitions) {
        for (let i = 0; i < repetitions; i++) await trainer.recordStep();
        await trainer.drain();
      },
      [Symbol.dispose]() {
        trainer[Symbol.dispose]();
        model[Symbol.dispose]();
      },
    };
  };
  return [{
    name: "training step of the demo",
    shape: `batch ${batchSize} length ${length} hidden ${hiddenSize} blocks ${numBlocks} ` +
      `vocabulary ${vocabSize}`,
    unit: "tokens/s",
    work: batchSize * length,
    ours,
    peer: (jax) => jaxTrainingStep(jax, modelConfig, batchSize),
  }];
}
