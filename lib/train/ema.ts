/**
 * The running average of a model's parameters.
 *
 * @module
 */

import type { ParameterStore } from "../model/parameters.ts";
import { vectorwise } from "../ops/elementwise.ts";
import { zerosLike } from "./state_store.ts";

/** The decay of update `n`, counted from 1: min(decay, (1 + n)/(10 + n)). */
export function emaDecayAt(n: number, decay: number): number {
  return Math.min(decay, (1 + n) / (10 + n));
}

/**
 * An exponential moving average of parameters, as the reference's
 * `ExponentialMovingAverage` with `use_num_updates`.
 */
export class Ema implements Disposable {
  /** The averages, in the places of the parameters: a model can be made on them. */
  readonly parameters: ParameterStore;
  readonly #store: ParameterStore;
  /** Its decay. */
  readonly decay: number;

  /** Starts from the parameters as they are now. */
  constructor(store: ParameterStore, decay: number) {
    this.#store = store;
    this.decay = decay;
    this.parameters = zerosLike(store);
    for (const [i, { values }] of store.segments.entries()) {
      store.gpu.copy(values, this.parameters.segments[i]!.values);
    }
  }

  /**
   * Moves the averages towards the parameters: a ← a + (1 − d)·(p − a).
   *
   * @param n Number of the update, 1 for the first; see {@linkcode emaDecayAt}.
   */
  update(n: number): void {
    for (const [i, { values }] of this.#store.segments.entries()) {
      const { gpu } = this.#store;
      const { constants, count, grid } = vectorwise(gpu.kind, values.size);
      gpu.run("ema", constants, {
        bind: { shadow: this.parameters.segments[i]!.values, p: values },
        params: { count, weight: 1 - emaDecayAt(n, this.decay) },
        grid,
      });
    }
  }

  /** Frees the averages. */
  [Symbol.dispose](): void {
    this.parameters[Symbol.dispose]();
  }
}
