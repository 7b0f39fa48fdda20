/**
 * What a training loop minimises: the seam between the loop and the losses of
 * the methods.
 *
 * @module
 */

import type { NoiseName, TrainConfig } from "../config/config.ts";
import {
  type BatchSlice,
  type BatchSource,
  type SampleRange,
  sliceBatch,
} from "../data/batches/batches.ts";
import type { GammaSchedule } from "../flow/schedule.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { Network } from "../model/network.ts";
import type { Tape, Value } from "../ops/tape.ts";
import { ONE_RANK, type Ranks } from "./ranks.ts";

/** One optimisation step, ready to be recorded micro-batch by micro-batch. */
export interface StepObjective extends Disposable {
  /** This rank's tokens that count in the step's mean loss: all but padding. */
  readonly numTokens: number;
  /** 1 for tokens of a micro-batch that count and 0 for padding, [B·L]; null if all count. */
  mask(microBatch: number): Tensor | null;
  /**
   * The loss of every token of a micro-batch, [B·L].
   *
   * @param lossGrads The gradient that each of these will get, [B·L], where it is known by now. An
   * operation that is given it, or what follows from it, may make its gradient at once: see
   * `ChunkedLossOptions`. Whoever does something else with the losses leaves it alone.
   */
  loss(tape: Tape, microBatch: number, lossGrads?: Tensor): Value;
  /**
   * The gradients, `f32`, of what the micro-batches have in common, after the backward pass of the
   * last of them; none unless given.
   */
  sharedGrads?(): readonly Tensor[];
  /**
   * Passes these on, when they have been summed over all ranks; not called at all where nothing is
   * trained.
   */
  finish?(): void;
}

/** A loss over batches that are a function of the step alone, so that runs resume exactly. */
export interface Objective {
  /** Micro-batches in this rank's part of a step. */
  readonly numMicroBatches: number;
  /** Tokens in a step, over all micro-batches and ranks. */
  readonly tokensPerStep: number;
  /** Tokens in a micro-batch of this rank; an equal part of the step's unless given. */
  tokensOf?(microBatch: number): number;
  /** Uploads a step's batches and draws. Call it before recording the step. */
  begin(step: number): StepObjective;
}

/** What an objective is made of. */
export interface ObjectiveOptions<M extends Network = Network> {
  /** The network to train. */
  model: M;
  /** The token blocks of each step. */
  batches: BatchSource;
  /** γ(t) for the model's vocabulary. */
  schedule: GammaSchedule;
  /** Seed of times, noise and dropout. */
  seed: number;
  /** How noise is drawn, where there is a choice: `explicit` unless told. */
  noise?: NoiseName;
  /** Parts in which this rank's share of a batch passes through the network. */
  numMicroBatches: number;
  /** The processes that share the batches; this one alone unless given. */
  ranks?: Ranks;
}

/**
 * In how many parts a rank's share of a batch passes through the network: as few as there can be of
 * `microBatchSize` blocks at most.
 */
export function microBatchesOf(
  { batchSize, microBatchSize }: TrainConfig,
  { numRanks }: Ranks = ONE_RANK,
): number {
  return microBatchSize === null ? 1 : Math.ceil(batchSize / numRanks / microBatchSize);
}

/** A micro-batch of this process: which slice of a global batch, and which samples these are. */
export interface OwnSlice extends SampleRange {
  /** What to read. */
  readonly slice: BatchSlice;
}

/**
 * This process's part of a global batch, micro-batch by micro-batch.
 *
 * @throws {DataError} as {@linkcode sliceBatch}.
 */
export function ownSlices(
  { batches, numMicroBatches, ranks = ONE_RANK }: Pick<
    ObjectiveOptions,
    "batches" | "numMicroBatches" | "ranks"
  >,
): OwnSlice[] {
  const { rank, numRanks } = ranks;
  return Array.from({ length: numMicroBatches }, (_, microBatch) => {
    const slice = { rank, numRanks, microBatch, numMicroBatches };
    return { slice, ...sliceBatch(batches.batchSize, slice) };
  });
}
