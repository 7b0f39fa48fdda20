/**
 * Validation loss of an FLM with fixed times and noise, so that checkpoints and
 * runs can be compared.
 *
 * @module
 */

import type { ValidationBatches } from "../data/batches.ts";
import { flmCrossEntropy } from "../flow/flm_loss.ts";
import { seedWords, Stream } from "../flow/philox.ts";
import type { GammaSchedule } from "../flow/schedule.ts";
import { drawTimes } from "../flow/time_sampling.ts";
import type { Dit } from "../model/dit.ts";
import { CorruptionSource } from "../ops/corruption.ts";
import { Tape } from "../ops/tape.ts";
import { meanAndError } from "./objective_loss.ts";

/** What a validation measured, in nats per token. */
export interface ValidationLoss {
  /** Mean over all tokens. */
  loss: number;
  /** Standard error of the mean, from the means of the sequences. */
  standardError: number;
  /** Mean over the tokens of each quarter of the times: [0, ¼), …, [¾, 1]; empty for flow maps. */
  byTime: number[];
  /** Sequences measured. */
  numSamples: number;
}

/** Equal parts of the times [0, 1] reported separately. */
const TIME_BINS = 4;

/** What {@linkcode validate} needs. */
export interface ValidationOptions {
  /** The network to measure. */
  model: Dit;
  /** The token blocks. */
  batches: ValidationBatches;
  /** Batches to measure, from the first on. */
  numBatches: number;
  /** γ(t) for the model's vocabulary. */
  schedule: GammaSchedule;
  /** Seed of times and noise. */
  seed: number;
}

/** Measures the cross-entropy (without learned weighting) on the first validation batches. */
export async function validate(options: ValidationOptions): Promise<ValidationLoss> {
  const { model, batches, schedule, seed } = options;
  const { gpu, config: { length } } = model;
  const sums = new Float64Array(TIME_BINS);
  const counts = new Float64Array(TIME_BINS);
  const means: number[] = [];
  const numBatches = Math.min(options.numBatches, batches.numBatches);
  for (let index = 0; index < numBatches; index++) {
    const ids = batches.read(index);
    const batchSize = ids.length / length;
    const t = drawTimes({ seed, step: index, stream: Stream.Evaluation }, batchSize);
    using tokens = gpu.tensor(ids);
    using times = gpu.tensor(new Float32Array(t));
    using gammas = gpu.tensor(new Float32Array(t.map((time) => schedule.gammaOfAlpha(time))));
    const corrupted = new CorruptionSource(gpu, {
      tokens,
      gammas,
      length,
      key: seedWords(seed),
      step: index,
      firstSample: 0,
      stream: Stream.Evaluation,
    });
    using tape = new Tape(gpu, false);
    using loss = flmCrossEntropy(tape, model, { corrupted, tokens, times });
    const values = await gpu.read(loss.tensor);
    for (let b = 0; b < batchSize; b++) {
      const sum = values.subarray(b * length, (b + 1) * length).reduce((a, v) => a + v, 0);
      const bin = Math.min(TIME_BINS - 1, Math.floor(t[b]! * TIME_BINS));
      sums[bin]! += sum;
      counts[bin]! += length;
      means.push(sum / length);
    }
  }
  return {
    ...meanAndError(means),
    byTime: Array.from(sums, (sum, bin) => sum / counts[bin]!),
    numSamples: means.length,
  };
}
