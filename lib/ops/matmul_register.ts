/**
 * The matrix product in registers alone, from images: for adapters that run on a processor.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Image } from "../gpu/image.ts";
import { foldGrid } from "../gpu/limits.ts";
import { bytesOf } from "../gpu/tensor.ts";
import { elementwise } from "./elementwise.ts";
import { vectorWidth } from "./lanes.ts";
import { formOf, inStepsOf, type MatmulArgs, type Matrix, matrixFrom } from "./matmul_args.ts";

/**
 * Sizes of the register-tiled kernel, for processors. A tile is `rows` by
 * `lanes · columns · 4` numbers. Tuned on llvmpipe (Mesa 22, LLVM 15, 2 virtual cores of an AMD
 * EPYC) with a cube of 1024, the layers of the demo and the paper's; larger tiles gain 8 % at the
 * most and take twice as long to compile (see bench/README.md).
 */
const SIZES = {
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
  /** Steps of k in a dispatch, of which a round takes 4: half of `MOST_ROUNDS`. */
  maxSteps: 1 << 17,
};

/** A tile of the register-tiled kernel. */
export interface RegisterTile {
  /** Its rows. */
  readonly rows: number;
  /** Vectors of 4 columns of each of its 8 lanes. */
  readonly vectors: number;
}

/** The name of a tile: its rows and columns. */
export type RegisterTileName = "register8x32" | "register8x64" | "register16x32" | "register16x64";

/** The tiles, by rows and columns. */
export const REGISTER_TILES: Readonly<Record<RegisterTileName, RegisterTile>> = {
  register8x32: { rows: 8, vectors: 1 },
  register8x64: { rows: 8, vectors: 2 },
  register16x32: { rows: 16, vectors: 1 },
  register16x64: { rows: 16, vectors: 2 },
};

/** The tile of a product's shape. */
export function registerTileOf({ M, N }: Pick<MatmulArgs, "M" | "N">): RegisterTile {
  const { lanes, rows, columns } = SIZES;
  return {
    rows: M <= rows.few ? rows.few : rows.many,
    vectors: N <= lanes * 4 * columns.few ? columns.few : columns.many,
  };
}

/**
 * Records a product, in parts whose images stay in the processor's cache.
 *
 * @param tile Its tiles; those that follow from the shape of each part unless given.
 */
export function registerMatmul(gpu: Gpu, args: MatmulArgs, tile?: RegisterTile): void {
  for (const part of parts(args)) register(gpu, part, tile ?? registerTileOf(part));
}

/** Divides a product into products of operands that are small enough. */
function* parts(args: MatmulArgs): Generator<MatmulArgs> {
  const { M, N, K, a, b, c, bias } = args;
  const { imageBytes, partRows, maxSteps } = SIZES;
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
      const part = {
        ...args,
        M: Math.min(mostM, M - m),
        N: Math.min(mostN, N - n),
        a: matrixFrom(a, m, 0),
        b: matrixFrom(b, n, 0, !b.transposed),
        c: matrixFrom(c, m, n),
        ...(bias && { bias: { ...bias, start: (bias.start ?? 0) + n } }),
      };
      yield* inStepsOf(part, mostK);
    }
  }
}

/** The register-tiled kernel: TM rows by 4 LANES TN columns a tile. */
function register(gpu: Gpu, args: MatmulArgs, { rows: TM, vectors: TN }: RegisterTile): void {
  const { M, N, K, a, b, c, bias } = args;
  const { lanes: LANES } = SIZES;
  const form = formOf(args);
  // Forward products share a kernel, whether they have a bias or not. Where there is none, other
  // numbers that are not written take its place.
  const isForward = form.B_T && !form.A_T && !form.ACCUMULATE;
  const BIAS = Number(bias !== undefined || (isForward && b.view.dtype !== "f16"));
  using imageA = operandImage(gpu, a, M, K, a.transposed ?? false);
  using imageB = operandImage(gpu, b, N, K, !b.transposed);
  gpu.run("matmul_register", {
    TM,
    TN,
    LANES,
    ...form,
    BIAS,
    VEC: vectorWidth(N, c.stride, c.start ?? 0),
  }, {
    bind: { a: imageA.image, b: imageB.image, c: c.view, ...(BIAS && { bias: (bias ?? b).view }) },
    params: {
      M,
      N,
      K,
      a_stride: imageA.stride,
      b_stride: imageB.stride,
      c_start: c.start ?? 0,
      c_stride: c.stride,
      bias_start: bias?.start ?? 0,
      has_bias: Number(bias !== undefined),
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
