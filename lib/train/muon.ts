/**
 * Muon: steps of orthogonal matrices for the hidden layers, AdamW for the rest.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Tensor } from "../gpu/tensor.ts";
import type { NamedTensor } from "../model/named_tensors.ts";
import { ParameterStore, type Segment } from "../model/parameters.ts";
import { vectorwise } from "../ops/elementwise.ts";
import { orthogonalise } from "../ops/orthogonalise.ts";
import type { Parameter } from "../ops/parameter.ts";
import { scaleInto } from "../ops/scale.ts";
import { AdamW, type AdamWOptions } from "./adamw.ts";
import type { Optimizer, OptimizerStep } from "./optimizer.ts";
import type { MovedParameters } from "./parameter_slices.ts";
import { type StateStore, zerosLike } from "./state_store.ts";

/** The group of parameters that have such steps. */
export const MUON_GROUP = "hidden";

/**
 * The size of a number in a step of AdamW, about. A step of an orthogonal matrix [M, N] has numbers
 * of size 1 / √max(M, N); times this and that root a learning rate means the same to both.
 */
const ADAM_SIZE = 0.2;

/** A matrix of the group, and at which byte of its segment it begins. */
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
  readonly #momentum: StateStore;
  readonly #segments: readonly (Segment & { matrices: readonly Matrix[] })[];

  /**
   * An optimizer with all moments zero.
   *
   * @param parameters What to optimise: all parameters of a store, or a rank's slice that does not
   * cut those of the group.
   * @throws {GpuError} if they have no gradients, none are of the group, or one of it is no matrix,
   * does not fit a binding, or is cut.
   */
  constructor(parameters: MovedParameters, options: AdamWOptions) {
    this.#gpu = parameters.gpu;
    this.#options = options;
    this.#segments = matricesOf(parameters);
    this.#others = new AdamW(parameters, { ...options, leaveOut: MUON_GROUP });
    this.#momentum = zerosLike(parameters, (group) => group === MUON_GROUP);
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
    const { lrScale = 1, weightDecay = this.#options.weightDecay } = groups[MUON_GROUP] ?? {};
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
function matricesOf(parameters: MovedParameters): (Segment & { matrices: Matrix[] })[] {
  const store = parameters instanceof ParameterStore ? parameters : parameters.store;
  const names = store.specs.filter(({ group }) => group === MUON_GROUP).map(({ name }) => name);
  if (names.length === 0) {
    throw new GpuError(
      `The model has no parameters of the group "${MUON_GROUP}", which Muon moves.`,
    );
  }
  const segments = parameters.segments.filter(({ group }) => group === MUON_GROUP)
    .map((segment) => ({ ...segment, matrices: [] as Matrix[] }));
  for (const name of names) {
    const { shape, tensor: { buffer, byteOffset, byteLength } } = matrixOf(store.get(name));
    for (const { values, matrices } of segments) {
      const begin = byteOffset - values.byteOffset;
      const end = begin + byteLength;
      if (values.buffer !== buffer || end <= 0 || begin >= values.byteLength) continue;
      if (begin < 0 || end > values.byteLength) {
        throw new GpuError(`Muon moves whole matrices, and ${name} is cut.`);
      }
      matrices.push({ shape, byteOffset: begin });
    }
  }
  return segments;
}

/** A parameter's shape and place. @throws {GpuError} if it is no matrix in one piece. */
function matrixOf(
  { name, shape, windows: [window, ...others] }: Parameter,
): { shape: Matrix["shape"]; tensor: Tensor } {
  const [rows, columns, ...rest] = shape;
  if (rows === undefined || columns === undefined || rest.length > 0) {
    throw new GpuError(`Muon moves matrices, and ${name} has the shape [${shape}].`);
  }
  if (window === undefined || others.length > 0) {
    throw new GpuError(`Muon moves whole matrices, and ${name} does not fit a binding.`);
  }
  return { shape: [rows, columns], tensor: window.value.tensor };
}
