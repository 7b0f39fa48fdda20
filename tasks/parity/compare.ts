/**
 * How far computed values lie from golden ones.
 *
 * @module
 */

import type { TrainPrecision } from "../../lib/config/config.ts";

/** Bounds of the relative error, by kind of quantity (float32 unless said otherwise). */
export const Bound = {
  /** Logits, hidden states, probabilities, losses, sampler states. */
  Forward: 1e-4,
  /** GPT-2's logits and losses. */
  CausalForward: 1e-5,
  /** Gradients. */
  Gradient: 1e-3,
  /** The optimizer's moments, parameters and their moving average. */
  Optimizer: 1e-5,
  /** What steps have changed, of parameters that are 1e4 times as large and rounded to float32. */
  Change: 1e-2,
  /** The time schedule, in float64. */
  Schedule: 1e-9,
  /** The time schedule where gamma is steep, in float64. */
  SteepSchedule: 1e-6,
  /** Statistics that the reference computes in float32. */
  Statistic: 1e-6,
  /** Tokens, and times made by the same float32 operations. */
  Equal: 0,
} as const;

/** Bounds in mixed precision, by those in float32; others stay. */
const MIXED_BOUNDS: ReadonlyMap<number, number> = new Map([
  [Bound.Forward, 3e-3],
  [Bound.Gradient, 1e-2],
]);

/** The greatest error that passes in a precision, for a bound in float32. */
export function boundIn(precision: TrainPrecision, bound: number): number {
  return precision === "mixed" ? MIXED_BOUNDS.get(bound) ?? bound : bound;
}

/**
 * The L2 norm of the difference over that of `expected` (over 1 if that is 0), in float64.
 * NaN if the lengths differ or a value is NaN: it is within no bound.
 */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return NaN;
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2;
    norm += expected[i]! ** 2;
  }
  return Math.sqrt(difference) / (norm === 0 ? 1 : Math.sqrt(norm));
}

/** The fraction of tokens that differ; NaN if there are more of one than of the other. */
export function fractionDiffering(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return NaN;
  let count = 0;
  for (let i = 0; i < expected.length; i++) if (actual[i] !== expected[i]) count++;
  return count === 0 ? 0 : count / expected.length;
}
