/**
 * Muon: steps of orthogonal matrices for the hidden layers, AdamW for the rest.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Tensor } from "../gpu/tensor.ts";
import type { NamedTensor } from "../model/named_tensors.ts";
import type { ParameterStore, Segment } from "../model/parameters.ts";
import { vectorwise } from "../ops/elementwise.ts";
import { orthogonalise } from "../ops/orthogonalise.ts";
import { scaleInto } from "../ops/scale.ts";
import { AdamW, type AdamWOptions } from "./adamw.ts";
import type { Optimizer, OptimizerStep } from "./optimizer.ts";
import { zerosLike } from "./state_store.ts";

/** The group of parameters that have such steps. */
const HIDDEN = "hidden";

/**
 * The size of a number in a step of AdamW, about. A step of an orthogonal matrix [M, N] has numbers
 * of size 1 / √max(M, N); times this and that root a learning rate means the same to both.
 */
const ADAM_SIZE = 0.2;

/** A matrix of the group, in the flat buffer of its segment. */
interface Matrix {
  shape: readonly [rows: number, columns: number];
  byteOffset: number;
}

/**
 * Muon (Jordan et al., 2024) for the parameters of the group `hidden`: of the clipped gradient a
 * moving average with decay `beta1` and Nesterov's look ahead, of that the nearest orthogonal
 * matrix (see `orthogonalise`), of size 0.2·√max(M, N) (Liu et al., "Muon is scalable for LLM
 * training", arXiv 2502.16982), and decoupled weight decay. All other parameters take steps of
 * {@linkcode AdamW} with the same options.
 *
 * A step whose gradient norm is NaN or infinite changes nothing and is counted in
 * {@linkcode skipped}.
 */
export class Muon implements Optimizer {
  readonly #gpu: Gpu;
  readonly #options: AdamWOptions;
  readonly #others: AdamW;
  readonly #momentum: ParameterStore;
  readonly #segments: readonly (Segment & { matrices: readonly Matrix[] })[];

  /**
   * An optimizer with all moments zero.
   *
   * @throws {GpuError} if the store keeps no gradients, has no parameters of the group, or one that
   * is no matrix or does not fit a binding.
   */
  constructor(store: ParameterStore, options: AdamWOptions) {
    this.#gpu = store.gpu;
    this.#options = options;
    this.#segments = matricesOf(store);
    this.#others = new AdamW(store, { ...options, leaveOut: HIDDEN });
    this.#momentum = zerosLike(store, (group) => group === HIDDEN);
  }

  /** See {@linkcode Optimizer.skipped}. */
  get skipped(): Tensor {
    return this.#others.skipped;
  }

  /** The moments for saving and loading: `momentum_buffer.NAME`, and those of {@linkcode AdamW}. */
  get tensors(): NamedTensor[] {
    return [
      ...this.#momentum.tensors.map((tensor) => ({
        ...tensor,
        name: `momentum_buffer.${tensor.name}`,
      })),
      ...this.#others.tensors,
    ];
  }

  /** See {@linkcode Optimizer.step}. */
  step(step: OptimizerStep, norm: Tensor): void {
    const { beta1: beta, gradClip: clip, groups = {} } = this.#options;
    const { lrScale = 1, weightDecay = this.#options.weightDecay } = groups[HIDDEN] ?? {};
    const rate = step.lr * lrScale;
    for (const [i, { values, grads, matrices }] of this.#segments.entries()) {
      const { constants, count, grid } = vectorwise(this.#gpu.kind, values.size);
      using update = this.#gpu.empty(values.shape);
      this.#gpu.run("muon_momentum", constants, {
        bind: { grad: grads!, m: this.#momentum.segments[i]!.values, u: update, norm },
        params: { count, clip, beta },
        grid,
      });
      for (const { shape, byteOffset } of matrices) {
        const part = new Tensor(update.buffer, byteOffset, shape);
        using orthogonal = orthogonalise(this.#gpu, part);
        scaleInto(this.#gpu, orthogonal, part, ADAM_SIZE * Math.sqrt(Math.max(...shape)), false);
      }
      this.#gpu.run("muon_step", constants, {
        bind: { p: values, u: update, norm },
        params: { count, keep: 1 - rate * weightDecay, step_size: rate },
        grid,
      });
    }
    this.#others.step(step, norm);
  }

  /** Frees the moments. */
  [Symbol.dispose](): void {
    this.#others[Symbol.dispose]();
    this.#momentum[Symbol.dispose]();
  }
}

/** The segments of the group, each with its matrices. */
function matricesOf(store: ParameterStore): (Segment & { matrices: Matrix[] })[] {
  const segments = store.segments.filter(({ group }) => group === HIDDEN)
    .map((segment) => ({ ...segment, matrices: [] as Matrix[] }));
  if (segments.length === 0) {
    throw new GpuError(`The model has no parameters of the group "${HIDDEN}", which Muon moves.`);
  }
  for (const { name, group } of store.specs) {
    if (group !== HIDDEN) continue;
    const { windows, shape } = store.get(name);
    const [window, ...others] = windows;
    const [rows, columns, ...rest] = shape;
    if (rows === undefined || columns === undefined || rest.length > 0) {
      throw new GpuError(`Muon moves matrices, and ${name} has the shape [${shape}].`);
    }
    if (window === undefined || others.length > 0) {
      throw new GpuError(`Muon moves whole matrices, and ${name} does not fit a binding.`);
    }
    const { buffer, byteOffset } = window.value.tensor;
    segments.find(({ values }) => values.buffer === buffer)!
      .matrices.push({ shape: [rows, columns], byteOffset });
  }
  return segments;
}
