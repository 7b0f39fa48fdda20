/**
 * The sum of the gradients of micro-batches.
 *
 * @module
 */

import type { Tensor } from "../gpu/tensor.ts";
import type { ParameterStore } from "../model/parameters.ts";
import { addInto } from "../ops/tape.ts";

/**
 * Adds up the gradients of micro-batches, each of which is summed for itself first, however many
 * terms it has: so ranks that have a micro-batch each, whose gradients are added up in their order,
 * come to the same bits. It takes the memory of the gradients once more.
 */
export class MicroBatchGrads implements Disposable {
  readonly #store: ParameterStore;
  #sums: { grads: Tensor; sum: Tensor }[] = [];

  /** @param store Where the gradients of each micro-batch are made, and their sum is left. */
  constructor(store: ParameterStore) {
    this.#store = store;
  }

  /** Takes the gradients of a micro-batch that another follows, and leaves zeros for that one's. */
  take(): void {
    const { gpu } = this.#store;
    const isFirst = this.#sums.length === 0;
    if (isFirst) {
      this.#sums = this.#store.segments.flatMap(({ grads }) =>
        grads === undefined ? [] : { grads, sum: gpu.empty(grads.shape) }
      );
    }
    for (const { grads, sum } of this.#sums) {
      if (isFirst) gpu.copy(grads, sum);
      else addInto(gpu, sum, grads);
      gpu.clear(grads);
    }
  }

  /** Adds what was taken to the gradients of the last micro-batch. */
  finish(): void {
    for (const { grads, sum } of this.#sums) addInto(this.#store.gpu, grads, sum);
  }

  /** Frees the memory. */
  [Symbol.dispose](): void {
    for (const { sum } of this.#sums) sum.release();
  }
}
