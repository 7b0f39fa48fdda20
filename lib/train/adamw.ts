/**
 * AdamW on a model's flat buffers.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { NamedTensor } from "../model/named_tensors.ts";
import type { ParameterStore } from "../model/parameters.ts";
import { vectorwise } from "../ops/elementwise.ts";
import { zerosLike } from "./state_store.ts";

/** The numbers of one step. */
export interface AdamWStep {
  /** Learning rate. */
  lr: number;
  /** Decay of the first moment. */
  beta1: number;
  /** Decay of the second moment. */
  beta2: number;
  /** Added to the root of the second moment. */
  eps: number;
  /** Decoupled weight decay. */
  weightDecay: number;
  /** Global norm above which gradients are scaled down to it. */
  gradClip: number;
  /** Steps taken, this one included: 1 for the first. */
  step: number;
}

/**
 * `torch.optim.AdamW` after `torch.nn.utils.clip_grad_norm_`: decoupled weight decay, bias
 * correction, and the clip factor min(1, gradClip / (norm + 1e-6)) worked out on the GPU.
 *
 * A step whose gradient norm is NaN or infinite changes neither parameters nor moments; it is
 * counted in {@linkcode skipped} and keeps its number for the bias correction.
 */
export class AdamW implements Disposable {
  /** How many steps were left out so far, `u32` [1], to be read with the metrics. */
  readonly skipped: Tensor;
  readonly #gpu: Gpu;
  readonly #store: ParameterStore;
  readonly #mean: ParameterStore;
  readonly #square: ParameterStore;

  /**
   * An optimizer with all moments zero.
   *
   * @param store What to optimise.
   * @throws {GpuError} if the store keeps no gradients.
   */
  constructor(store: ParameterStore) {
    if (store.segments.some(({ grads }) => grads === undefined)) {
      throw new GpuError("Parameters without gradients cannot be optimised.");
    }
    this.#gpu = store.gpu;
    this.#store = store;
    this.#mean = zerosLike(store);
    this.#square = zerosLike(store);
    this.skipped = store.gpu.zeros([1], "u32");
  }

  /** The moments for saving and loading: `exp_avg.NAME` and `exp_avg_sq.NAME` (PyTorch's). */
  get tensors(): NamedTensor[] {
    const named = (prefix: string, store: ParameterStore) =>
      store.tensors.map((tensor) => ({ ...tensor, name: `${prefix}.${tensor.name}` }));
    return [...named("exp_avg", this.#mean), ...named("exp_avg_sq", this.#square)];
  }

  /**
   * Updates the parameters by their gradients.
   *
   * @param norm The gradients' global norm, [1] (see `gradNorm`).
   */
  step(options: AdamWStep, norm: Tensor): void {
    const { lr, beta1, beta2, eps, weightDecay, gradClip, step } = options;
    for (const [i, { values, grads }] of this.#store.segments.entries()) {
      const COUNT = Number(i === 0);
      const { constants, count, grid } = vectorwise(this.#gpu.kind, values.size);
      this.#gpu.run("adamw", { ...constants, COUNT }, {
        bind: {
          p: values,
          grad: grads!,
          m: this.#mean.segments[i]!.values,
          v: this.#square.segments[i]!.values,
          norm,
          ...(COUNT && { skipped: this.skipped }),
        },
        params: {
          count,
          clip: gradClip,
          one_minus_beta1: 1 - beta1,
          beta2,
          one_minus_beta2: 1 - beta2,
          keep: 1 - lr * weightDecay,
          step_size: lr / (1 - beta1 ** step),
          root_scale: 1 / Math.sqrt(1 - beta2 ** step),
          eps,
        },
        grid,
      });
    }
  }

  /** Frees the moments. */
  [Symbol.dispose](): void {
    this.#mean[Symbol.dispose]();
    this.#square[Symbol.dispose]();
    this.skipped.release();
  }
}
