/**
 * The loss of a training objective on validation data.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { Tape } from "../ops/tape.ts";
import type { Objective } from "./objective.ts";
import type { ValidationLoss } from "./validation_loss.ts";

/**
 * Measures an objective over its first steps, without training: the draws of step 0, 1, … are the
 * same each time, so that checkpoints can be compared.
 *
 * @param objective Over validation batches and a model without dropout.
 * @param numBatches Steps to measure.
 * @param length Tokens of a sequence.
 */
export async function objectiveLoss(
  gpu: Gpu,
  objective: Objective,
  numBatches: number,
  length: number,
): Promise<ValidationLoss> {
  const means: number[] = [];
  for (let step = 0; step < numBatches; step++) {
    using batch = objective.begin(step);
    for (let i = 0; i < objective.numMicroBatches; i++) {
      using tape = new Tape(gpu, false);
      using loss = batch.loss(tape, i);
      const values = await gpu.read(loss.tensor);
      const mask = batch.mask(i);
      const weights = mask === null ? null : await gpu.read(mask);
      for (let at = 0; at < values.length; at += length) {
        means.push(meanOf(values.subarray(at, at + length), weights?.subarray(at, at + length)));
      }
    }
  }
  return { ...meanAndError(means), byTime: [], numSamples: means.length };
}

/** The mean of the losses of a sequence, of those tokens that count. */
function meanOf(losses: Float32Array, weights?: Float32Array): number {
  if (weights === undefined) return losses.reduce((a, v) => a + v, 0) / losses.length;
  const sum = losses.reduce((a, v, i) => a + weights[i]! * v, 0);
  return sum / weights.reduce((a, w) => a + w, 0);
}

/** The mean of independent values, and its standard error, which of a single one is NaN. */
export function meanAndError(
  values: readonly number[],
): Pick<ValidationLoss, "loss" | "standardError"> {
  const loss = values.reduce((a, v) => a + v, 0) / values.length;
  const variance = values.reduce((a, v) => a + (v - loss) ** 2, 0) / (values.length - 1);
  return { loss, standardError: Math.sqrt(variance / values.length) };
}
