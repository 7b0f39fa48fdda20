/**
 * What a trainer asks of an optimizer.
 *
 * @module
 */

import type { Tensor } from "../gpu/tensor.ts";
import type { NamedTensor } from "../model/named_tensors.ts";

/** The numbers that change from step to step. */
export interface OptimizerStep {
  /** Learning rate. */
  readonly lr: number;
  /** Steps taken, this one included: 1 for the first. */
  readonly step: number;
}

/**
 * Moves the parameters of a store by their gradients; adamw.ts has one, optimizers.ts the table of
 * all.
 */
export interface Optimizer extends Disposable {
  /** Its state for saving and loading: all that decides the next step besides the parameters. */
  readonly tensors: NamedTensor[];
  /**
   * How many steps were left out so far, since their gradients were not finite: `u32` [1], to be
   * read with the metrics.
   */
  readonly skipped: Tensor;
  /**
   * Records one step. One whose gradient norm is NaN or infinite must change nothing and be
   * counted in {@linkcode skipped}.
   *
   * @param norm The gradients' global norm, [1] (see `gradNorm`).
   */
  step(step: OptimizerStep, norm: Tensor): void;
}
