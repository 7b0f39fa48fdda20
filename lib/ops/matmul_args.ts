/**
 * What a matrix product is of.
 *
 * @module
 */

import type { BufferView } from "../gpu/tensor.ts";
import { vectorWidth } from "./lanes.ts";

/** A matrix inside a buffer. */
export interface Matrix {
  /** The buffer. */
  view: BufferView;
  /** First element, 0 unless told. */
  start?: number;
  /** Elements from one stored row to the next. */
  stride: number;
  /** Whether the stored matrix is the transpose of the operand. */
  transposed?: boolean;
}

/** A matrix product `C[M,N] = A[M,K] · B[K,N]`. */
export interface MatmulArgs {
  /** Rows of the result. */
  M: number;
  /** Columns of the result. */
  N: number;
  /** What is summed over. */
  K: number;
  /** Operand A: stored [M,K], or [K,M] if transposed. */
  a: Matrix;
  /** Operand B: stored [K,N], or [N,K] if transposed. */
  b: Matrix;
  /** Result; its `transposed` is not used. */
  c: Matrix;
  /** Added to every row: N elements from `start`. */
  bias?: { view: BufferView; start?: number };
  /** Whether to add to C instead of overwriting it. */
  accumulate?: boolean;
}

/** The matrix from element [outer, inner] on; it is stored [inner, outer] if `transposed`. */
export function matrixFrom(
  matrix: Matrix,
  outer: number,
  inner: number,
  transposed: boolean = matrix.transposed ?? false,
): Matrix {
  const { start = 0, stride } = matrix;
  return {
    ...matrix,
    start: start + (transposed ? inner * stride + outer : outer * stride + inner),
  };
}

/** A product as products of at most `mostK` steps of k, each added to those before it. */
export function* inStepsOf(args: MatmulArgs, mostK: number): Generator<MatmulArgs> {
  const { K, a, b, bias, accumulate = false, ...rest } = args;
  if (K <= mostK) return yield args;
  for (let k = 0; k < K; k += mostK) {
    yield {
      ...rest,
      K: Math.min(mostK, K - k),
      a: matrixFrom(a, 0, k),
      b: matrixFrom(b, 0, k, !b.transposed),
      ...(bias && k === 0 && { bias }),
      accumulate: accumulate || k > 0,
    };
  }
}

/** Constants of kernels: how operands are stored, and what is added. */
export function formOf({ a, b, bias, accumulate = false }: MatmulArgs) {
  return {
    A_T: Number(a.transposed ?? false),
    B_T: Number(b.transposed ?? false),
    BIAS: Number(bias !== undefined),
    ACCUMULATE: Number(accumulate),
  };
}

/** The buffers that kernels bind. */
export function bindingsOf({ a, b, c, bias }: MatmulArgs) {
  return { a: a.view, b: b.view, c: c.view, ...(bias && { bias: bias.view }) };
}

/**
 * How many neighbouring numbers can be read and written at a time: 4 if all rows of all three
 * matrices begin and end at multiples of 4, else 1.
 */
export function widthOf({ M, N, K, a, b, c }: MatmulArgs): 1 | 4 {
  const lengths = [a.transposed ? M : K, b.transposed ? K : N, N];
  const places = [a, b, c].flatMap(({ start = 0, stride }) => [start, stride]);
  return vectorWidth(...lengths, ...places);
}
