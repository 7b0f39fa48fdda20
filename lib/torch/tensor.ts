/**
 * Tensors of a PyTorch file: where their elements lie.
 *
 * @module
 */

import { type DType, elementSize } from "../safetensors/dtype.ts";
import { countElements, MAX_AXES } from "../safetensors/header.ts";
import type { ZipEntry } from "../zip/directory.ts";

/** A storage: numbers in a row, of which tensors are views. */
export class TorchStorage {
  /** Its name among the storages of the file. */
  readonly key: string;
  /** The type of its elements; bytes where a tensor has another, over a storage without one. */
  readonly dtype: DType;
  /** Where its bytes are. */
  readonly entry: ZipEntry;

  /** Describes a storage. */
  constructor(key: string, dtype: DType, entry: ZipEntry) {
    this.key = key;
    this.dtype = dtype;
    this.entry = entry;
  }

  /** How many bytes it has. */
  get byteLength(): number {
    return this.entry.size;
  }
}

/** What {@linkcode TorchTensor} is made of. */
export interface TensorLayout {
  /** The type of its elements. */
  readonly dtype: DType;
  /** Where they lie. */
  readonly storage: TorchStorage;
  /** The index of the first element in the storage. */
  readonly offset: number;
  /** Its size along each axis; none for a scalar. */
  readonly shape: readonly number[];
  /** How many elements of the storage lie between neighbours along each axis. */
  readonly strides: readonly number[];
}

/** A tensor: any view of a storage. */
export class TorchTensor implements TensorLayout {
  readonly dtype: DType;
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** The product of the shape. */
  readonly numElements: number;

  private constructor(layout: TensorLayout, numElements: number) {
    this.dtype = layout.dtype;
    this.storage = layout.storage;
    this.offset = layout.offset;
    this.shape = layout.shape;
    this.strides = layout.strides;
    this.numElements = numElements;
  }

  /** Makes a tensor; a text that says what is wrong if it reaches beyond its storage. */
  static of(layout: TensorLayout): TorchTensor | string {
    const { dtype, storage, offset, shape, strides } = layout;
    const isWhole = (value: number) => Number.isSafeInteger(value) && value >= 0;
    const axes = Math.max(shape.length, strides.length);
    if (axes > MAX_AXES) {
      return `the impossible shape of ${axes} axes, expected ${MAX_AXES} at most`;
    }
    const numElements = countElements(shape);
    if (
      numElements === null || shape.length !== strides.length || !strides.every(isWhole) ||
      !isWhole(offset)
    ) return `the impossible shape [${shape}], strides [${strides}] and offset ${offset}`;
    const tensor = new TorchTensor(layout, numElements);
    const length = storage.byteLength / elementSize(dtype);
    if (tensor.end > length) {
      return `shape [${shape}], strides [${strides}] and offset ${offset}, which reaches beyond ` +
        `the ${Math.floor(length)} elements of its storage`;
    }
    return tensor;
  }

  /** The index in the storage behind the last element; 0 if there is no element. */
  get end(): number {
    if (this.numElements === 0) return 0;
    return this.shape.reduce((end, size, i) => end + (size - 1) * this.strides[i]!, this.offset) +
      1;
  }

  /** Whether its elements lie in the storage without gap, in row-major order. */
  get isContiguous(): boolean {
    let expected = 1;
    for (let axis = this.shape.length - 1; axis >= 0; axis--) {
      const size = this.shape[axis]!;
      if (size === 1) continue;
      if (this.strides[axis] !== expected) return this.numElements === 0;
      expected *= size;
    }
    return true;
  }
}
