/**
 * The times at which training samples are corrupted.
 *
 * One draw serves the whole global batch, and every rank and micro-batch takes
 * its slice. (In the reference, `_sample_t_interval` of algo.py, each of them
 * draws for the global batch anew and keeps its slice, so that the slices do
 * not form one antithetic set.)
 *
 * @module
 */

import { randomPermutation } from "../random/permutation.ts";
import { Philox, Stream } from "../random/philox.ts";

/** The random numbers that times are made from. */
export interface TimeDraws {
  /** Uniform in [0, 1), one for each sample of the global batch. */
  readonly uniform: ArrayLike<number>;
  /** A permutation of the samples for antithetic times, or null for plain uniform ones. */
  readonly permutation: ArrayLike<number> | null;
}

/** The interval that times are scaled to. */
export interface TimeInterval {
  /** The least time; 0 if left out. */
  readonly min?: number;
  /** The greatest time; 1 if left out. */
  readonly max?: number;
}

/** What the times of one optimizer step depend on. */
export interface TimeKey {
  /** The run's seed. */
  readonly seed: number | bigint;
  /** The optimizer step, or the batch of an evaluation. */
  readonly step: number;
  /** Which set of times within the step; 0 if left out. */
  readonly draw?: number;
  /** The stream drawn from; `Stream.Times` if left out. */
  readonly stream?: Stream;
}

/**
 * Times from given draws, rounded to float32 after every operation as in the
 * reference: antithetic (uniform[i]/n + i/n) mod 1, permuted, or the uniform
 * numbers themselves; then scaled to the interval. Antithetic times have one
 * sample in each n-th of the interval.
 *
 * @returns float32 values in a Float64Array, so that gamma can be computed from
 * exactly the time that the network is given.
 */
export function timesFromDraws(draws: TimeDraws, interval: TimeInterval = {}): Float64Array {
  const { uniform, permutation } = draws;
  const { min = 0, max = 1 } = interval;
  const n = uniform.length;
  const f32 = Math.fround;
  const spread = (i: number) => f32(f32(f32(uniform[i]! / n) + f32(i / n)) % 1);
  const width = f32(max - min);
  return Float64Array.from({ length: n }, (_, i) => {
    const u = permutation === null ? f32(uniform[i]!) : spread(permutation[i]!);
    return f32(f32(width * u) + f32(min));
  });
}

/**
 * Antithetic times of a whole global batch, a function of the key alone.
 * Uniform number i is lane i & 3 of counter [i >> 2, 0, draw, step], and the
 * permutation comes from the counters [·, 1, draw, step].
 *
 * @throws {RangeError} if the seed is not an integer from 0 to 2^64 - 1.
 */
export function drawTimes(
  key: TimeKey,
  globalBatchSize: number,
  interval: TimeInterval = {},
): Float64Array {
  const { seed, step, draw = 0, stream = Stream.Times } = key;
  const random = new Philox(seed, stream);
  const uniform = new Float64Array(globalBatchSize);
  for (let i = 0; i < globalBatchSize; i += 4) {
    uniform.set(random.uniforms(i >> 2, 0, draw, step).slice(0, globalBatchSize - i), i);
  }
  const permutation = randomPermutation(random, globalBatchSize, 1, draw, step);
  return timesFromDraws({ uniform, permutation }, interval);
}
