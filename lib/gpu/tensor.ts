/**
 * A tensor on the GPU: a row-major window of a buffer, with a reference count.
 *
 * @module
 */

import { GpuError } from "../errors.ts";

/**
 * Element type of a tensor: `f32` numbers, `f16` numbers (storage alone: kernels compute in f32),
 * or `u32` integers (token ids, flags).
 */
export type DType = "f32" | "f16" | "u32";

/** What a kernel's binding needs to know of a buffer. */
export interface BufferView {
  /** The buffer. */
  readonly buffer: GPUBuffer;
  /** First byte, a multiple of 256. */
  readonly byteOffset: number;
  /** Bytes of the window. */
  readonly byteLength: number;
  /** What it holds; `f32` unless told. */
  readonly dtype?: DType | undefined;
}

/** Elements of a tensor of the given shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Bytes of so many numbers; of an odd number of `f16` with two more, since copies go by fours. */
export function bytesOf(count: number, dtype: DType = "f32"): number {
  return dtype === "f16" ? Math.ceil(count / 2) * 4 : count * 4;
}

/**
 * A tensor with an owner count. It starts with one owner; {@linkcode retain} adds one and
 * {@linkcode release} (or leaving the scope of a `using` declaration) takes one away. When
 * none is left the memory goes back to the pool.
 */
export class Tensor implements BufferView, Disposable {
  readonly buffer: GPUBuffer;
  readonly byteOffset: number;
  readonly byteLength: number;
  /** Number of elements. */
  readonly size: number;
  /** Extents, slowest first. */
  readonly shape: readonly number[];
  /** Element type. */
  readonly dtype: DType;
  readonly #free: (() => void) | undefined;
  #owners = 1;

  /**
   * A window of a buffer; {@linkcode Gpu.empty} gives one of its own.
   *
   * @param free Called once when the last owner releases the tensor.
   */
  constructor(
    buffer: GPUBuffer,
    byteOffset: number,
    shape: readonly number[],
    dtype: DType = "f32",
    free?: () => void,
  ) {
    this.buffer = buffer;
    this.byteOffset = byteOffset;
    this.size = sizeOf(shape);
    this.byteLength = bytesOf(this.size, dtype);
    this.shape = shape;
    this.dtype = dtype;
    this.#free = free;
  }

  /** Whether its memory has gone back to the pool, and may be another tensor's by now. */
  get isFreed(): boolean {
    return this.#owners === 0;
  }

  /** Adds an owner and returns the tensor. @throws {GpuError} if it was freed already. */
  retain(): this {
    if (this.#owners === 0) throw new GpuError("A freed tensor was used.");
    this.#owners++;
    return this;
  }

  /** Takes an owner away. @throws {GpuError} if none was left. */
  release(): void {
    if (this.#owners === 0) throw new GpuError("A tensor was released twice.");
    if (--this.#owners === 0) this.#free?.();
  }

  /**
   * The same memory under another shape; it keeps this tensor alive.
   *
   * @throws {GpuError} if the shape has another size.
   */
  view(shape: readonly number[]): Tensor {
    if (sizeOf(shape) !== this.size) {
      throw new GpuError(`A tensor of shape [${this.shape}] cannot be viewed as [${shape}].`);
    }
    this.retain();
    return new Tensor(this.buffer, this.byteOffset, shape, this.dtype, () => this.release());
  }

  /** Releases at the end of a `using` scope. */
  [Symbol.dispose](): void {
    this.release();
  }
}

/** Checks that a window is not a tensor's that was freed. @throws {GpuError} */
export function requireAlive(view: BufferView): void {
  if (view instanceof Tensor && view.isFreed) {
    throw new GpuError(`A freed tensor was used, of shape [${view.shape}].`);
  }
}
