/**
 * Validation loss of an FLM with fixed times and noise, so that checkpoints and
 * runs can be compared.
 *
 * @module
 */

import { ValidationBatches } from "../../data/batches/batches.ts";
import { drawTimes } from "../../flow/time_sampling.ts";
import type { DenoiserNetwork } from "../../model/network.ts";
import { Stream } from "../../random/philox.ts";
import { meanAndError } from "../../train/objective_loss.ts";
import type { ValidationOptions } from "../../train/training.ts";
import type { ValidationLoss } from "../../train/validation_loss.ts";
import { corruptedLoss } from "./corrupted_loss.ts";
import { TimeBins } from "./time_bins.ts";

/** The cross-entropy (without learned weighting) on the first validation batches. */
export async function flmValidationLoss(
  { model, blocks, batchSize, schedule, seed, padId, ...options }: ValidationOptions<
    DenoiserNetwork
  >,
): Promise<ValidationLoss> {
  const { length } = model.config;
  const batches = new ValidationBatches(blocks, batchSize);
  const bins = new TimeBins();
  const means: number[] = [];
  const numBatches = Math.min(options.numBatches, batches.numBatches);
  for (let step = 0; step < numBatches; step++) {
    const tokens = batches.read(step);
    const times = drawTimes({ seed, step, stream: Stream.Evaluation }, tokens.length / length);
    const draw = { seed, step, firstSample: 0, padId };
    const losses = await corruptedLoss(model, schedule, { tokens, times, ...draw });
    losses.forEach(({ sum, count }, b) => {
      bins.add(times[b]!, sum, count);
      means.push(sum / count);
    });
  }
  return { ...meanAndError(means), byTime: bins.means, numSamples: means.length };
}
