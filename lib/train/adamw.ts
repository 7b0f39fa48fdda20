/**
 * AdamW on a model's flat buffers.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { NamedTensor } from "../model/named_tensors.ts";
import type { Segment } from "../model/parameters.ts";
import { vectorwise } from "../ops/elementwise.ts";
import type { Optimizer, OptimizerStep } from "./optimizer.ts";
import type { MovedParameters } from "./parameter_slices.ts";
import { type StateStore, zerosLike } from "./state_store.ts";

/** The numbers that stay the same from step to step. */
export interface AdamWOptions {
  /** Decay of the first moment. */
  readonly beta1: number;
  /** Decay of the second moment. */
  readonly beta2: number;
  /** Added to the root of the second moment. */
  readonly eps: number;
  /** Decoupled weight decay. */
  readonly weightDecay: number;
  /** Global norm above which gradients are scaled down to it. */
  readonly gradClip: number;
  /** What is otherwise for groups of parameters (`ParameterSpec.group`), by their name. */
  readonly groups?: Readonly<Record<string, AdamWGroup>>;
  /** A group that is left as it is, for another optimizer; none unless given. */
  readonly leaveOut?: string;
}

/** What is otherwise for a group of parameters. */
export interface AdamWGroup {
  /** Factor of the learning rate; 1 unless given. */
  readonly lrScale?: number;
  /** Decoupled weight decay; that of all others unless given. */
  readonly weightDecay?: number;
}

/**
 * `torch.optim.AdamW` after `torch.nn.utils.clip_grad_norm_`: decoupled weight decay, bias
 * correction, and the clip factor min(1, gradClip / (norm + 1e-6)) worked out on the GPU.
 *
 * A step whose gradient norm is NaN or infinite changes neither parameters nor moments; it is
 * counted in {@linkcode skipped} and keeps its number for the bias correction.
 */
export class AdamW implements Optimizer {
  readonly skipped: Tensor;
  readonly #gpu: Gpu;
  readonly #segments: readonly Segment[];
  readonly #options: AdamWOptions;
  readonly #mean: StateStore;
  readonly #square: StateStore;

  /**
   * An optimizer with all moments zero.
   *
   * @param parameters What to optimise: all parameters of a store, or a rank's slice.
   * @throws {GpuError} if they have no gradients, or none of them are of a group.
   */
  constructor(parameters: MovedParameters, options: AdamWOptions) {
    if (parameters.segments.some(({ grads }) => grads === undefined)) {
      throw new GpuError("Parameters without gradients cannot be optimised.");
    }
    const known = parameters.specs.map(({ group = "" }) => group);
    for (const group of Object.keys(options.groups ?? {})) {
      if (known.includes(group)) continue;
      throw new GpuError(`There are no parameters of the group "${group}" to optimise.`);
    }
    this.#gpu = parameters.gpu;
    const has = (group: string) => group !== options.leaveOut;
    this.#segments = parameters.segments.filter(({ group }) => has(group));
    this.#options = options;
    this.#mean = zerosLike(parameters, has);
    this.#square = zerosLike(parameters, has);
    this.skipped = parameters.gpu.zeros([1], "u32");
  }

  /** The moments for saving and loading: `exp_avg.NAME` and `exp_avg_sq.NAME` (PyTorch's). */
  get tensors(): NamedTensor[] {
    const named = (prefix: string, { tensors }: StateStore) =>
      tensors.map((tensor) => ({ ...tensor, name: `${prefix}.${tensor.name}` }));
    return [...named("exp_avg", this.#mean), ...named("exp_avg_sq", this.#square)];
  }

  /** See {@linkcode Optimizer.step}. */
  step({ lr, step }: OptimizerStep, norm: Tensor): void {
    const { beta1, beta2, eps, gradClip, groups = {}, ...all } = this.#options;
    for (const [i, { group, values, grads }] of this.#segments.entries()) {
      const { lrScale = 1, weightDecay = all.weightDecay } = groups[group] ?? {};
      const rate = lr * lrScale;
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
          keep: 1 - rate * weightDecay,
          step_size: rate / (1 - beta1 ** step),
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
