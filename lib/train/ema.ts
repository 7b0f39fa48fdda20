/**
 * The running average of a model's parameters.
 *
 * @module
 */

import type { NamedTensor } from "../model/named_tensors.ts";
import { ParameterStore } from "../model/parameters.ts";
import { vectorwise } from "../ops/elementwise.ts";
import type { MovedParameters } from "./parameter_slices.ts";
import { type StateStore, zerosLike } from "./state_store.ts";

/** The decay of update `n`, counted from 1: min(decay, (1 + n)/(10 + n)). */
export function emaDecayAt(n: number, decay: number): number {
  return Math.min(decay, (1 + n) / (10 + n));
}

/**
 * An exponential moving average of parameters, as the reference's
 * `ExponentialMovingAverage` with `use_num_updates`.
 */
export class Ema implements Disposable {
  /**
   * The averages, in the places of the parameters: a model can be made on them. Those of slices are
   * there from {@linkcode gather} until the next step.
   */
  readonly parameters: ParameterStore;
  readonly #moved: MovedParameters;
  readonly #average: StateStore;
  /** Its decay. */
  readonly decay: number;

  /** Starts from the parameters as they are now: all of them, or a rank's slice. */
  constructor(parameters: MovedParameters, decay: number) {
    this.#moved = parameters;
    this.decay = decay;
    if (parameters instanceof ParameterStore) {
      this.#average = this.parameters = zerosLike(parameters);
    } else {
      this.#average = zerosLike(parameters);
      this.parameters = parameters.gathered;
    }
    for (const [i, { values }] of parameters.segments.entries()) {
      parameters.gpu.copy(values, this.#average.segments[i]!.values);
    }
  }

  /** The flat buffers of this rank's averages. */
  get segments(): StateStore["segments"] {
    return this.#average.segments;
  }

  /** This rank's averages for saving and loading. */
  get tensors(): readonly NamedTensor[] {
    return this.#average.tensors;
  }

  /** Brings the averages of all ranks together, in {@linkcode parameters}; all of them call it. */
  async gather(): Promise<void> {
    if (!(this.#moved instanceof ParameterStore)) await this.#moved.gather(this.#average);
  }

  /**
   * Moves the averages towards the parameters: a ← a + (1 − d)·(p − a).
   *
   * @param n Number of the update, 1 for the first; see {@linkcode emaDecayAt}.
   */
  update(n: number): void {
    for (const [i, { values }] of this.#moved.segments.entries()) {
      const { gpu } = this.#moved;
      const { constants, count, grid } = vectorwise(gpu.kind, values.size);
      gpu.run("ema", constants, {
        bind: { shadow: this.#average.segments[i]!.values, p: values },
        params: { count, weight: 1 - emaDecayAt(n, this.decay) },
        grid,
      });
    }
  }

  /** Frees the averages. */
  [Symbol.dispose](): void {
    this.#average[Symbol.dispose]();
  }
}
