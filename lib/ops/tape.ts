/**
 * Reverse-mode differentiation over a few fused operations. An operation
 * records its kernels at once and, when training, a closure for its gradient;
 * {@linkcode Tape.backward} runs the closures in reverse. Buffers go back to
 * the pool as soon as their last owner releases them.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { DType, Tensor } from "../gpu/tensor.ts";
import { vectorwise } from "./elementwise.ts";

/** Writes (or, if `accumulate`, adds) a gradient into `target`. */
export type WriteGrad = (target: Tensor, accumulate: boolean) => void;

/**
 * A tensor in a computation, and its gradient once there is one.
 *
 * An operation returns a value that its caller owns: `using y = gelu(tape, x)`. What the
 * gradient needs stays alive on the tape.
 */
export class Value implements Disposable {
  /** The numbers; a parameter's in full precision, if there are such. */
  readonly tensor: Tensor;
  /** Whether a gradient is wanted. */
  readonly needsGrad: boolean;
  readonly #sink: Tensor | undefined;
  #grad: Tensor | undefined;
  #half: Tensor | undefined;

  /**
   * Takes over the ownership of a tensor.
   *
   * @param needsGrad Whether a gradient is wanted.
   * @param sink For parameters: the tensor to which gradients are added, for good.
   */
  constructor(tensor: Tensor, needsGrad: boolean, sink?: Tensor) {
    this.tensor = tensor;
    this.needsGrad = needsGrad;
    this.#sink = sink;
  }

  /** A copy of a parameter's numbers in f16, if its store keeps one. */
  get half(): Tensor | undefined {
    return this.#half;
  }

  /** Makes a tensor of f16 numbers the {@linkcode half}; it stays its owner's. */
  attachHalf(half: Tensor): void {
    this.#half = half;
  }

  /**
   * What a product with numbers of type `dtype` reads: for f16 the {@linkcode half}, if it has one.
   */
  operand(dtype: DType): Tensor {
    return dtype === "f16" ? this.#half ?? this.tensor : this.tensor;
  }

  /** Extents of the tensor. */
  get shape(): readonly number[] {
    return this.tensor.shape;
  }

  /** The gradient so far, if any. A parameter's is its sink. */
  get grad(): Tensor | undefined {
    return this.#sink ?? this.#grad;
  }

  /** Has `write` put a contribution into the gradient; does nothing if none is wanted. */
  addGrad(gpu: Gpu, write: WriteGrad): void {
    if (!this.needsGrad) return;
    if (this.#sink !== undefined) write(this.#sink, true);
    else if (this.#grad !== undefined) write(this.#grad, true);
    else write(this.#grad = gpu.empty(this.tensor.shape, this.tensor.dtype), false);
  }

  /**
   * Makes `grad` itself the gradient if there is none yet, without a copy, else adds it. The
   * giver must not read `grad` in commands recorded later, nor give it to a second value.
   */
  giveGrad(gpu: Gpu, grad: Tensor): void {
    if (!this.needsGrad) return;
    if (this.grad === undefined && grad.dtype === this.tensor.dtype) this.#grad = grad.retain();
    else {
      this.addGrad(gpu, (target, accumulate) => {
        if (!accumulate) gpu.clear(target);
        addInto(gpu, target, grad);
      });
    }
  }

  /** Gives up the gradient; called by the tape once it has been passed on. */
  dropGrad(): void {
    this.#grad?.release();
    this.#grad = undefined;
  }

  /** Releases the tensor. */
  [Symbol.dispose](): void {
    this.tensor.release();
  }
}

/** The record of one forward pass. */
export class Tape implements Disposable {
  /** Where the operations run. */
  readonly gpu: Gpu;
  /** Whether gradients will be asked for; if not, nothing is kept. */
  readonly training: boolean;
  /** Whether it is this record that will be differentiated: it is kept. */
  readonly keeps: boolean;
  #entries: { output: Value; saved: readonly Tensor[]; backward: (grad: Tensor) => void }[] = [];

  /**
   * Begins a record.
   *
   * @param training Whether to record for {@linkcode backward}.
   * @param keeps Whether what is recorded is kept; if not, values only know whether they want a
   * gradient. As `training` unless told.
   */
  constructor(gpu: Gpu, training: boolean, keeps = training) {
    this.gpu = gpu;
    this.training = training;
    this.keeps = keeps;
  }

  /**
   * Makes the output value of an operation and records its gradient.
   *
   * @param tensor The result; the value takes over its ownership.
   * @param inputs What the operation was computed from.
   * @param saved Tensors that `backward` reads; the tape retains them until then.
   * @param backward Gets the gradient of the output and passes it to the inputs.
   */
  record(
    tensor: Tensor,
    inputs: readonly Value[],
    saved: readonly Tensor[],
    backward: (grad: Tensor) => void,
  ): Value {
    const needsGrad = this.training && inputs.some((input) => input.needsGrad);
    const output = new Value(tensor, needsGrad);
    if (needsGrad && this.keeps) {
      for (const kept of saved) kept.retain();
      this.#entries.push({ output, saved, backward });
    }
    return output;
  }

  /**
   * Differentiates `seed · Σ loss`: {@linkcode backwardFromGrads} from that gradient.
   *
   * @param seed A number, or the first of a tensor for a loss of one number.
   */
  backward(loss: Value, seed: number | Tensor = 1): void {
    loss.addGrad(this.gpu, (target) => {
      if (typeof seed === "number") fill(this.gpu, target, seed);
      else {
        const { buffer, byteOffset } = seed;
        this.gpu.copy({ buffer, byteOffset, byteLength: target.byteLength }, target);
      }
    });
    this.backwardFromGrads();
  }

  /**
   * Runs the closures in reverse, from the gradients that values have been given.
   * The tape is empty afterwards.
   */
  backwardFromGrads(): void {
    for (let entry; (entry = this.#entries.pop()) !== undefined;) {
      const { output, saved, backward } = entry;
      if (output.grad !== undefined) backward(output.grad);
      output.dropGrad();
      for (const kept of saved) kept.release();
    }
  }

  /** Releases what is still saved; needed only if {@linkcode backward} was not run. */
  [Symbol.dispose](): void {
    for (const { output, saved } of this.#entries.splice(0)) {
      output.dropGrad();
      for (const kept of saved) kept.release();
    }
  }
}

/** Sets every element of `target` to `value`. */
export function fill(gpu: Gpu, target: Tensor, value: number): void {
  const { constants, count, grid } = vectorwise(gpu.kind, target.size);
  gpu.run("fill", constants, { bind: { y: target }, params: { count, value }, grid });
}

/** `target += source`, element by element. @throws {GpuError} if the sizes differ. */
export function addInto(gpu: Gpu, target: Tensor, source: Tensor): void {
  if (target.size !== source.size) {
    throw new GpuError(`Cannot add a tensor of shape [${source.shape}] to [${target.shape}].`);
  }
  const { constants, count, grid } = vectorwise(gpu.kind, target.size);
  gpu.run("add_into", constants, { bind: { y: target, x: source }, params: { count }, grid });
}
