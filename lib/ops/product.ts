/**
 * What decides how fast a matrix product is: its shape, and how its matrices are stored. What they
 * hold, and where, does not.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { DType, Tensor } from "../gpu/tensor.ts";
import type { MatmulArgs, Matrix } from "./matmul_args.ts";

/** How a matrix of a product is stored. */
export interface StoredMatrix {
  /** First element, of which only the place among four counts: 0 to 3. */
  readonly start: number;
  /** Elements from one stored row to the next. */
  readonly stride: number;
  /** What its numbers are. */
  readonly dtype: DType;
  /** Whether the stored matrix is the transpose of the operand. */
  readonly transposed: boolean;
}

/** A matrix product `C[M,N] = A[M,K] · B[K,N]`, with a bias perhaps. */
export interface Product {
  /** Rows of the result. */
  readonly M: number;
  /** Columns of the result. */
  readonly N: number;
  /** What is summed over. */
  readonly K: number;
  /** Operand A. */
  readonly a: StoredMatrix;
  /** Operand B. */
  readonly b: StoredMatrix;
  /** The result. */
  readonly c: StoredMatrix;
  /** Whether a bias is added. */
  readonly bias: boolean;
}

/** The product of some matrices. */
export function productOf({ M, N, K, a, b, c, bias }: MatmulArgs): Product {
  return { M, N, K, a: storedAs(a), b: storedAs(b), c: storedAs(c), bias: bias !== undefined };
}

function storedAs({ view, start = 0, stride, transposed = false }: Matrix): StoredMatrix {
  return { start: start % 4, stride, dtype: view.dtype ?? "f32", transposed };
}

/**
 * The name of a product in files: `128x512x2048 tn f32 f32 f32` is M x N x K, whether A and B are
 * transposed, the types of A, B and C, and `bias` if there is one. Strides and starts are left out:
 * the same shape is hardly ever stored in two ways.
 */
export function productName({ M, N, K, a, b, c, bias }: MatmulArgs): string {
  const form = `${a.transposed ? "t" : "n"}${b.transposed ? "t" : "n"}`;
  const types = `${a.view.dtype ?? "f32"} ${b.view.dtype ?? "f32"} ${c.view.dtype ?? "f32"}`;
  return `${M}x${N}x${K} ${form} ${types}${bias ? " bias" : ""}`;
}

/** The matrices of a product in memory of their own, to see how it is computed. */
export class ProductMemory implements Disposable {
  /** What `matmul` is given. */
  readonly args: MatmulArgs;
  readonly #owned = new DisposableStack();

  /**
   * Takes the memory.
   *
   * @param fill Sets the numbers of an operand or a bias.
   */
  constructor(gpu: Gpu, product: Product, fill: (tensor: Tensor) => void) {
    const { M, N, K, a, b, c, bias } = product;
    const take = (count: number, dtype: DType) => this.#owned.use(gpu.empty([count], dtype));
    const stored = (matrix: StoredMatrix, outer: number, inner: number): Matrix => {
      const [rows, columns] = matrix.transposed ? [inner, outer] : [outer, inner];
      const { start, stride, transposed } = matrix;
      const view = take(start + (rows - 1) * stride + columns, matrix.dtype);
      return { view, start, stride, transposed };
    };
    const operand = (...of: Parameters<typeof stored>) => {
      const matrix = stored(...of);
      fill(matrix.view as Tensor);
      return matrix;
    };
    this.args = {
      ...{ M, N, K, a: operand(a, M, K), b: operand(b, K, N), c: stored(c, M, N) },
      ...(bias && { bias: { view: operand({ ...c, dtype: "f32", start: 0 }, 1, N).view } }),
    };
  }

  /** Gives it back. */
  [Symbol.dispose](): void {
    this.#owned.dispose();
  }
}
