/**
 * The cross-entropy of a batch at given times.
 *
 * @module
 */

import type { GammaSchedule } from "../../flow/schedule.ts";
import type { Denoiser } from "../../model/denoiser.ts";
import { corruptedRows } from "../../ops/corruption.ts";
import { Tape } from "../../ops/tape.ts";
import { seedWords, Stream } from "../../random/philox.ts";
import { flmCrossEntropy } from "./loss.ts";

/** Samples, and the noise that corrupts them. */
export interface CorruptedSamples {
  /** Token ids [B·L]. */
  tokens: Uint32Array;
  /** The time of each sample, float32 values [B]. */
  times: Float64Array;
  /** Seed of the noise. */
  seed: number;
  /** With the seed and the samples' indices, what the noise depends on. */
  step: number;
  /** Index of the first sample. */
  firstSample: number;
  /** The id that fills up blocks, which does not count; null if none does. */
  padId: number | null;
}

/** The loss of a sample. */
export interface SampleLoss {
  /** The sum over its tokens, in nats. */
  sum: number;
  /** Tokens in it: all but padding. */
  count: number;
}

/**
 * The cross-entropy (without learned weighting) summed over the tokens of each sample, in nats. A
 * network of two times is asked for its denoiser, which stays where it is.
 *
 * @returns [B].
 */
export async function corruptedLoss(
  model: Denoiser,
  schedule: GammaSchedule,
  samples: CorruptedSamples,
): Promise<SampleLoss[]> {
  const { gpu, config: { length, doubleTemb } } = model;
  const { seed, step, firstSample, padId } = samples;
  using tokens = gpu.tensor(samples.tokens);
  using times = gpu.tensor(new Float32Array(samples.times));
  using gammas = gpu.tensor(
    new Float32Array(samples.times.map((time) => schedule.gammaAt(time))),
  );
  const corrupted = corruptedRows(gpu, {
    tokens,
    gammas,
    length,
    key: seedWords(seed),
    step,
    firstSample,
    stream: Stream.Evaluation,
  });
  using tape = new Tape(gpu, false);
  const targetTimes = doubleTemb ? times : undefined;
  using loss = flmCrossEntropy(tape, model, { corrupted, tokens, times, targetTimes });
  const values = await gpu.read(loss.tensor);
  return Array.from(samples.times, (_, b) => {
    const loss: SampleLoss = { sum: 0, count: 0 };
    for (let i = b * length; i < (b + 1) * length; i++) {
      if (samples.tokens[i] === padId) continue;
      loss.sum += values[i]!;
      loss.count++;
    }
    return loss;
  });
}
