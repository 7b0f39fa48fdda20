/**
 * The processes that share the batches of one training.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";

/**
 * What an objective and a trainer know of the other processes. Every one of them takes the same
 * steps: it reads its own part of a global batch, and what is summed over all ranks is the same on
 * each of them, to the bit.
 */
export interface Ranks {
  /** Which one this is, from 0. */
  readonly rank: number;
  /** How many there are. */
  readonly numRanks: number;
  /** The sum of a number of each rank. */
  sum(value: number): number | Promise<number>;
  /** Replaces `float32` tensors by their sums over all ranks, element by element. */
  reduce(gpu: Gpu, tensors: readonly Tensor[]): void | Promise<void>;
}

/** A process that trains alone: nothing is to be summed. */
export const ONE_RANK: Ranks = {
  rank: 0,
  numRanks: 1,
  sum: (value) => value,
  reduce: () => {},
};
