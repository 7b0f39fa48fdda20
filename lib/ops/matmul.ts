/**
 * The matrix product on raw tensors, with strides, offsets, transposes, bias
 * and accumulation: what every linear operation is made of.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Image } from "../gpu/image.ts";
import { foldGrid } from "../gpu/limits.ts";
import { type BufferView, bytesOf } from "../gpu/tensor.ts";
import { elementwise } from "./elementwise.ts";

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

/**
 * How the product is tiled: in registers alone, from images (CPU adapters), or through workgroup
 * memory in tiles of 64 × 64 or 128 × 128 (graphics cards).
 */
export type MatmulVariant = "register" | "tiled64" | "tiled128";

/**
 * Sizes of the register-tiled kernel, for processors. A tile is `rows` by
 * `lanes · columns · 4` numbers. Tuned on llvmpipe (Mesa 22, LLVM 15, 2 virtual cores of an AMD
 * EPYC) with a cube of 1024, the layers of the demo and the paper's; larger tiles gain 8 % at the
 * most and take twice as long to compile (see bench/README.md).
 */
const REGISTER_TILES = {
  /** Invocations of a workgroup: the lanes of a SIMD vector. */
  lanes: 8,
  /** Rows of a tile: of products of few rows, and of others. */
  rows: { few: 8, many: 16 },
  /** Vectors of 4 columns of a lane: of products of few columns, and of others. */
  columns: { few: 1, many: 2 },
  /**
   * Larger operands are multiplied in parts of so many bytes, while their images are in the
   * processor's cache: 3 to 5 times the rate for few rows by a large matrix (the head).
   */
  imageBytes: 8 << 20,
  /** Rows of a part are a multiple of this. */
  partRows: 64,
  /** Steps of k in a dispatch: llvmpipe leaves every loop, silently, after 65,535 rounds (of 4). */
  maxSteps: 1 << 17,
};

/**
 * Sizes of the kernel whose tiles pass through workgroup memory, for graphics cards; 16 × 16
 * invocations compute a tile. Not tuned yet: the kernel has been run for correctness alone, on
 * llvmpipe.
 */
const WORKGROUP_TILES = {
  /** Rows and columns of a tile, in units of 64. */
  units: { tiled64: 1, tiled128: 2 },
  /** Steps of k in workgroup memory. */
  steps: 16,
  /** Workgroups below which a card is better filled by the smaller tiles. */
  fewWorkgroups: 256,
};

/** Records a matrix product. The variant follows the adapter unless told. */
export function matmul(
  gpu: Gpu,
  args: MatmulArgs,
  variant: MatmulVariant = chooseVariant(gpu, args),
): void {
  if (variant === "register") { for (const part of parts(args)) register(gpu, part); }
  else tiled(gpu, args, WORKGROUP_TILES.units[variant]);
}

function chooseVariant(gpu: Gpu, { M, N }: MatmulArgs): MatmulVariant {
  if (gpu.kind === "cpu") return "register";
  return Math.ceil(M / 128) * Math.ceil(N / 128) < WORKGROUP_TILES.fewWorkgroups
    ? "tiled64"
    : "tiled128";
}

/** Divides a product into products of operands that are small enough. */
function* parts(args: MatmulArgs): Generator<MatmulArgs> {
  const { M, N, K, a, b, c, bias, accumulate = false } = args;
  const { imageBytes, partRows, maxSteps } = REGISTER_TILES;
  const rowsOf = ({ view, stride }: Matrix) =>
    Math.max(1, Math.floor(imageBytes / (bytesOf(stride, view.dtype) * partRows))) * partRows;
  const mostM = a.transposed ? M : rowsOf(a);
  const mostN = b.transposed ? rowsOf(b) : N;
  const mostK = Math.min(
    maxSteps,
    a.transposed ? rowsOf(a) : K,
    b.transposed ? K : rowsOf(b),
  );
  for (let n = 0; n < N; n += mostN) {
    for (let m = 0; m < M; m += mostM) {
      for (let k = 0; k < K; k += mostK) {
        yield {
          M: Math.min(mostM, M - m),
          N: Math.min(mostN, N - n),
          K: Math.min(mostK, K - k),
          a: from(a, m, k),
          b: from(b, n, k, !b.transposed),
          c: from(c, m, n),
          ...(bias && k === 0 && { bias: { ...bias, start: (bias.start ?? 0) + n } }),
          accumulate: accumulate || k > 0,
        };
      }
    }
  }
}

/** The matrix from element [outer, inner] on; it is stored [inner, outer] if `transposed`. */
function from(
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

/** The register-tiled kernel: TM rows by 4 LANES TN columns a tile. */
function register(gpu: Gpu, args: MatmulArgs): void {
  const { M, N, K, a, b, c, bias, accumulate = false } = args;
  const { lanes: LANES, rows, columns } = REGISTER_TILES;
  const TM = M <= rows.few ? rows.few : rows.many;
  const TN = N <= LANES * 4 * columns.few ? columns.few : columns.many;
  using imageA = operandImage(gpu, a, M, K, a.transposed ?? false);
  using imageB = operandImage(gpu, b, N, K, !b.transposed);
  gpu.run("matmul_register", {
    TM,
    TN,
    LANES,
    A_T: Number(a.transposed ?? false),
    B_T: Number(b.transposed ?? false),
    VEC: [N, c.stride, c.start ?? 0].every((extent) => extent % 4 === 0) ? 4 : 1,
    BIAS: Number(bias !== undefined),
    ACCUMULATE: Number(accumulate),
  }, {
    bind: { a: imageA.image, b: imageB.image, c: c.view, ...(bias && { bias: bias.view }) },
    params: {
      M,
      N,
      K,
      a_stride: imageA.stride,
      b_stride: imageB.stride,
      c_start: c.start ?? 0,
      c_stride: c.stride,
      bias_start: bias?.start ?? 0,
    },
    grid: foldGrid(Math.ceil(M / TM) * Math.ceil(N / (LANES * TN * 4))),
    flops: 2 * M * N * K,
  });
}

/** An operand as an image; rows are `stride` texels apart. */
interface OperandImage extends Disposable {
  image: Image;
  stride: number;
}

/**
 * Copies an operand of `outer` (M or N) by K into an image. It is stored with K rows if `kRows`,
 * else with `outer` rows. Rows that do not start and end with a whole texel, or are far apart, are
 * packed first.
 */
function operandImage(
  gpu: Gpu,
  { view, start = 0, stride }: Matrix,
  outer: number,
  K: number,
  kRows: boolean,
): OperandImage {
  const [rows, columns] = kRows ? [K, outer] : [outer, K];
  if ([start, stride, outer, K].every((extent) => extent % 4 === 0) && stride <= 2 * columns) {
    const image = gpu.image(view, start, (rows - 1) * stride + columns);
    return { image, stride: stride / 4, [Symbol.dispose]: () => image[Symbol.dispose]() };
  }
  const columns4 = Math.ceil(columns / 4);
  const paddedRows = kRows ? Math.ceil(rows / 4) * 4 : rows;
  const count = paddedRows * columns4;
  const image = gpu.emptyImage(count * 4, view.dtype === "f16" ? "f16" : "f32");
  const { constants, grid } = elementwise(gpu.kind, count);
  gpu.run("pad_rows", constants, {
    bind: { x: view, image },
    params: { count, rows, columns, columns4, x_start: start, x_stride: stride },
    grid,
  });
  return { image, stride: columns4, [Symbol.dispose]: () => image[Symbol.dispose]() };
}

function tiled(gpu: Gpu, args: MatmulArgs, R: number): void {
  const { M, N, K, a, b, c, bias, accumulate = false } = args;
  gpu.run("matmul_tiled", {
    R,
    BK: WORKGROUP_TILES.steps,
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
      c_stride: c.stride,
      bias_start: bias?.start ?? 0,
    },
    grid: foldGrid(Math.ceil(M / (64 * R)) * Math.ceil(N / (64 * R))),
    flops: 2 * M * N * K,
  });
}
