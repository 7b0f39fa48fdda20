/**
 * What a training loop minimises: the seam between the loop and the losses of
 * the FLM and of the distillations.
 *
 * @module
 */

import type { Tensor } from "../gpu/tensor.ts";
import type { BatchSource } from "../data/batches/batches.ts";
import type { GammaSchedule } from "../flow/schedule.ts";
import type { Network } from "../model/network.ts";
import type { Tape, Value } from "../ops/tape.ts";

/** One optimisation step, ready to be recorded micro-batch by micro-batch. */
export interface StepObjective extends Disposable {
  /** Tokens that count in the mean loss of the step, over all micro-batches: all but padding. */
  readonly numTokens: number;
  /** 1 for tokens of a micro-batch that count and 0 for padding, [B·L]; null if all count. */
  mask(microBatch: number): Tensor | null;
  /** The loss of every token of a micro-batch, [B·L]. */
  loss(tape: Tape, microBatch: number): Value;
}

/** A loss over batches that are a function of the step alone, so that runs resume exactly. */
export interface Objective {
  /** Micro-batches in a step. */
  readonly numMicroBatches: number;
  /** Tokens in a step, over all micro-batches and ranks. */
  readonly tokensPerStep: number;
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
  /** Parts in which a batch passes through the network. */
  numMicroBatches: number;
}
