/**
 * Validation loss of an FLM with fixed times and noise, so that checkpoints and
 * runs can be compared.
 *
 * @module
 */

import { sliceBatch, ValidationBatches } from "../../data/batches/batches.ts";
import { drawTimes } from "../../flow/time_sampling.ts";
import type { DenoiserNetwork } from "../../model/network.ts";
import { Stream } from "../../random/philox.ts";
import { meanAndError } from "../../train/objective_loss.ts";
import type { ValidationOptions } from "../../train/training.ts";
import type { ValidationLoss } from "../../train/validation_loss.ts";
import { corruptedLoss } from "./corrupted_loss.ts";
import { TimeBins } from "./time_bins.ts";

/**
 * The cross-entropy (without learned weighting) on the first validation batches. Times are drawn
 * for whole batches, and noise by a sample's place in its batch: in however many passes they go
 * through the network, it is the same loss.
 */
export async function flmValidationLoss(
  options: ValidationOptions<DenoiserNetwork>,
): Promise<ValidationLoss> {
  const { model, blocks, batchSize, microBatchSize = batchSize, schedule, seed, padId } = options;
  const { length } = model.config;
  const batches = new ValidationBatches(blocks, batchSize);
  const bins = new TimeBins();
  const means: number[] = [];
  const numBatches = Math.min(options.numBatches, batches.numBatches);
  for (let step = 0; step < numBatches; step++) {
    const batch = batches.read(step);
    const numBlocks = batch.length / length;
    const all = drawTimes({ seed, step, stream: Stream.Evaluation }, numBlocks);
    const numMicroBatches = Math.ceil(numBlocks / microBatchSize);
    for (let microBatch = 0; microBatch < numMicroBatches; microBatch++) {
      const { offset: firstSample, count } = sliceBatch(numBlocks, {
        microBatch,
        numMicroBatches,
      });
      const end = firstSample + count;
      const tokens = batch.subarray(firstSample * length, end * length);
      const times = all.subarray(firstSample, end);
      const draw = { seed, step, firstSample, padId };
      const losses = await corruptedLoss(model, schedule, { tokens, times, ...draw });
      losses.forEach(({ sum, count }, b) => {
        bins.add(times[b]!, sum, count);
        means.push(sum / count);
      });
    }
  }
  return { ...meanAndError(means), byTime: bins.means, numSamples: means.length };
}
