/**
 * The matrix product on raw tensors, with strides, offsets, transposes, bias
 * and accumulation: what every linear operation is made of.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { BufferView } from "../gpu/tensor.ts";

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
  M: number;
  N: number;
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

/**
 * How the product is tiled: in registers alone (CPU adapters), or through workgroup memory in
 * tiles of 64 × 64 or 128 × 128 (graphics cards).
 */
export type MatmulVariant = "register" | "tiled64" | "tiled128";

/** Lanes of a register-tiled workgroup: the SIMD width of CPU adapters. */
const LANES = 8;
/** Workgroups below which a graphics card is better filled by smaller tiles. */
const FEW_WORKGROUPS = 256;

/** Records a matrix product. The variant follows the adapter unless told. */
export function matmul(
  gpu: Gpu,
  args: MatmulArgs,
  variant: MatmulVariant = chooseVariant(gpu, args),
): void {
  if (variant === "register") register(gpu, args);
  else tiled(gpu, args, variant === "tiled64" ? 1 : 2);
}

function chooseVariant(gpu: Gpu, { M, N }: MatmulArgs): MatmulVariant {
  if (gpu.kind === "cpu") return "register";
  return Math.ceil(M / 128) * Math.ceil(N / 128) < FEW_WORKGROUPS ? "tiled64" : "tiled128";
}

function register(gpu: Gpu, args: MatmulArgs): void {
  const { M, N, K, a, b, c, bias, accumulate = false } = args;
  if (b.transposed) {
    // Lanes run along N and must read neighbours, so B is laid out row-major first.
    using copy = gpu.empty([K, N]);
    gpu.run("transpose", {}, {
      bind: { x: b.view, y: copy },
      params: { rows: N, cols: K, x_start: b.start ?? 0, ldx: b.stride },
      grid: foldGrid(Math.ceil(N / 8) * Math.ceil(K / 8)),
    });
    register(gpu, { ...args, b: { view: copy, stride: N } });
    return;
  }
  const TM = M <= 8 ? 8 : 16;
  const TN = N <= LANES * 2 ? 2 : N <= LANES * 4 ? 4 : 8;
  gpu.run("matmul_register", {
    TM,
    TN,
    KU: 1,
    LANES,
    BIAS: Number(bias !== undefined),
    ACCUMULATE: Number(accumulate),
  }, {
    bind: { a: a.view, b: b.view, c: c.view, ...(bias && { bias: bias.view }) },
    params: {
      M,
      N,
      K,
      a_start: a.start ?? 0,
      a_row: a.transposed ? 1 : a.stride,
      a_col: a.transposed ? a.stride : 1,
      b_start: b.start ?? 0,
      ldb: b.stride,
      c_start: c.start ?? 0,
      ldc: c.stride,
      bias_start: bias?.start ?? 0,
    },
    grid: foldGrid(Math.ceil(M / TM) * Math.ceil(N / (LANES * TN))),
    flops: 2 * M * N * K,
  });
}

function tiled(gpu: Gpu, args: MatmulArgs, R: number): void {
  const { M, N, K, a, b, c, bias, accumulate = false } = args;
  gpu.run("matmul_tiled", {
    R,
    BK: 16,
    A_T: Number(a.transposed ?? false),
    B_T: Number(b.transposed ?? false),
    BIAS: Number(bias !== undefined),
    ACCUMULATE: Number(accumulate),
  }, {
    bind: { a: a.view, b: b.view, c: c.view, ...(bias && { bias: bias.view }) },
    params: {
      M,
      N,
      K,
      a_start: a.start ?? 0,
      a_row: a.transposed ? 1 : a.stride,
      a_col: a.transposed ? a.stride : 1,
      b_start: b.start ?? 0,
      b_row: b.transposed ? 1 : b.stride,
      b_col: b.transposed ? b.stride : 1,
      c_start: c.start ?? 0,
      ldc: c.stride,
      bias_start: bias?.start ?? 0,
    },
    grid: foldGrid(Math.ceil(M / (64 * R)) * Math.ceil(N / (64 * R))),
    flops: 2 * M * N * K,
  });
}
