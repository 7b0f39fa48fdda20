/**
 * The processes that share the batches of one training.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { BufferView, Tensor } from "../gpu/tensor.ts";
import { type Communicator, ONE_PROCESS } from "../system/communicator.ts";

/** Numbers on their way from rank to rank. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Of each rank, in their order: the windows, `f32`, that are its own to fill. */
export type Slices = readonly (readonly BufferView[])[];

/**
 * What an objective and a trainer know of the other processes. Every one of them takes the same
 * steps: it reads its own part of a global batch, and what is summed over all ranks is the same on
 * each of them, to the bit.
 */
export interface Ranks extends Communicator {
  /**
   * Replaces `float32` tensors by their sums over all ranks, element by element and in the order of
   * the ranks.
   */
  reduce(gpu: Gpu, tensors: readonly Tensor[]): void | Promise<void>;
  /**
   * Replaces the numbers in the windows of this rank by such sums; what is left in those of others
   * is of no use.
   */
  sumSlices(gpu: Gpu, slices: Slices): void | Promise<void>;
  /** Fills the windows of every other rank with what is in them there. */
  gatherSlices(gpu: Gpu, slices: Slices): void | Promise<void>;
  /** What each rank has, bytes of any number, in their order: on rank 0, and nothing on others. */
  collect(own: Bytes): readonly Bytes[] | Promise<readonly Bytes[]>;
}

/** A process that trains alone: nothing is to be summed. */
export const ONE_RANK: Ranks = {
  ...ONE_PROCESS,
  reduce: () => {},
  sumSlices: () => {},
  gatherSlices: () => {},
  collect: (own) => [own],
};

/** Whether a condition holds on one rank at least: they do together what one is asked for. */
export async function anyRank(ranks: Ranks, holds: boolean): Promise<boolean> {
  return ranks.numRanks === 1 ? holds : await ranks.sum(Number(holds)) > 0;
}
