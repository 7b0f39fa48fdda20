/**
 * What weights are worth on the validation data of a run.
 *
 * @module
 */

import { TrainingBatches } from "../data/batches/batches.ts";
import type { BlockSource } from "../data/shards/blocks.ts";
import type { GammaSchedule } from "../flow/schedule.ts";
import type { Network } from "../model/network.ts";
import { microBatchesOf } from "./objective.ts";
import { objectiveLoss } from "./objective_loss.ts";
import type { Training } from "./training.ts";
import type { ValidationLoss } from "./validation_loss.ts";

/** What validations of a run are made of. */
export interface RunValidationOptions {
  /** What is trained. */
  readonly training: Training;
  /** Validation blocks. */
  readonly blocks: BlockSource;
  /** γ(t) for the model's vocabulary. */
  readonly schedule: GammaSchedule;
  /** Seed of batches, times and noise. */
  readonly seed: number;
  /** The id that fills up blocks, which does not count; null if none does. */
  readonly padId: number | null;
}

/** Measures networks on validation data, with the same batches and draws each time. */
export class RunValidation {
  readonly #options: RunValidationOptions;

  /** Validations of one run. */
  constructor(options: RunValidationOptions) {
    this.#options = options;
  }

  /** The loss of averaged weights: the training's own measure, or its objective. */
  measure(model: Network): Promise<ValidationLoss> {
    const { training, blocks, schedule, seed, padId } = this.#options;
    const { batchSize, microBatchSize, evalBatches: numBatches } = training.train;
    if (training.validate !== undefined) {
      const options = { model, blocks, schedule, seed, padId, numBatches, batchSize };
      return training.validate({ ...options, ...(microBatchSize !== null && { microBatchSize }) });
    }
    // Every rank measures all of it, so that none has another loss.
    return this.#objectiveLoss(model, batchSize, microBatchesOf(training.train), numBatches);
  }

  /** The loss on the first micro-batch: little work, to see whether there is one. */
  async probe(model: Network): Promise<number> {
    const { batchSize, microBatchSize } = this.#options.training.train;
    return (await this.#objectiveLoss(model, microBatchSize ?? batchSize, 1, 1)).loss;
  }

  #objectiveLoss(
    model: Network,
    batchSize: number,
    numMicroBatches: number,
    numBatches: number,
  ): Promise<ValidationLoss> {
    const { training, blocks, schedule, seed, padId } = this.#options;
    const batches = new TrainingBatches(blocks, { seed, batchSize, padId });
    const objective = training.objective({ model, batches, schedule, seed, numMicroBatches });
    return objectiveLoss(model.gpu, objective, numBatches, objective.tokensPerStep / batchSize);
  }
}
