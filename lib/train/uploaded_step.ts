/**
 * A step of which all micro-batches lie on the GPU.
 *
 * @module
 */

import type { Tape, Value } from "../ops/tape.ts";
import type { StepObjective } from "./objective.ts";

/** Micro-batches, and a loss of each. */
export class UploadedStep<Batch extends Disposable> implements StepObjective {
  readonly #batches: readonly Batch[];
  readonly #loss: (tape: Tape, batch: Batch) => Value;

  /**
   * Takes over the ownership of the batches.
   *
   * @param loss Records the loss of every token of a batch.
   */
  constructor(batches: readonly Batch[], loss: (tape: Tape, batch: Batch) => Value) {
    this.#batches = batches;
    this.#loss = loss;
  }

  /** See {@linkcode StepObjective.loss}. */
  loss(tape: Tape, microBatch: number): Value {
    return this.#loss(tape, this.#batches[microBatch]!);
  }

  /** Frees the batches. */
  [Symbol.dispose](): void {
    for (const batch of this.#batches) batch[Symbol.dispose]();
  }
}
