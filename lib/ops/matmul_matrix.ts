/**
 * The matrix product on matrix units (tensor cores, simdgroup matrices): f16 in, f32 out.
 *
 * @module
 */

import type { AdapterKind, Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { MatrixUnits } from "../gpu/matrix_units.ts";
import { bindingsOf, formOf, type MatmulArgs, widthOf } from "./matmul_args.ts";
import { canSplit, divide, splitProduct } from "./matmul_split.ts";

/** The shape of a tile: subgroups of a workgroup, and the fragments that each of them computes. */
export interface MatrixTile {
  /** Subgroups one below the other. */
  WM: number;
  /** Subgroups side by side. */
  WN: number;
  /** Fragments of a subgroup, one below the other. */
  FM: number;
  /** Fragments of a subgroup, side by side. */
  FN: number;
  /** Steps of k in workgroup memory. */
  BK: number;
}

/** The tiles by the kind of adapter. */
export const MATRIX_TILES: Readonly<Record<AdapterKind, MatrixTile>> = {
  /**
   * 2 x 2 subgroups of 4 x 4 fragments: tiles of 64 x 64 for units of 8 x 8 and of 128 x 128 for units of
   * 16 x 16, so that a fragment that is loaded is used four times. 9 and 20 KiB of workgroup memory.
   */
  gpu: { WM: 2, WN: 2, FM: 4, FN: 4, BK: 32 },
  /**
   * A processor has no such units, but Mesa's llvmpipe says so: to see that products are right. It
   * writes out every multiplication, and takes minutes to compile larger tiles.
   */
  cpu: { WM: 2, WN: 1, FM: 1, FN: 2, BK: 8 },
};

/** Rows and columns of a tile. */
export function matrixExtents({ M, N }: MatrixUnits, { WM, WN, FM, FN }: MatrixTile) {
  return { rows: WM * FM * M, columns: WN * FN * N };
}

/** Bytes of workgroup memory that a tile takes. */
export function matrixBytes(units: MatrixUnits, tile: MatrixTile): number {
  const { rows, columns } = matrixExtents(units, tile);
  return 2 * tile.BK * (rows + columns) + 4 * tile.WM * tile.WN * units.M * units.N;
}

/**
 * Records a product on matrix units. Operands in f32 are rounded to f16.
 *
 * @param split Into how many parts K may be divided, each with workgroups of its own; 1 for none.
 */
export function matrixMatmul(
  gpu: Gpu,
  args: MatmulArgs,
  units: MatrixUnits,
  split = 1,
  tile: MatrixTile = MATRIX_TILES[gpu.kind],
): void {
  const division = divide(args.K, canSplit(args) ? split : 1, tile.BK);
  const { rows, columns } = matrixExtents(units, tile);
  const run = (args: MatmulArgs) => {
    const { M, N, K, a, b, c, bias } = args;
    const [x, y] = foldGrid(Math.ceil(M / rows) * Math.ceil(N / columns));
    gpu.run("matmul_matrix", {
      MM: units.M,
      NN: units.N,
      KK: units.K,
      SG: units.subgroupSize,
      ...tile,
      ...formOf(args),
      VEC: widthOf(args),
      SPLIT: Number(division.parts > 1),
    }, {
      bind: bindingsOf(args),
      params: {
        M,
        N,
        K,
        k_span: division.kSpan,
        a_start: a.start ?? 0,
        a_stride: a.stride,
        b_start: b.start ?? 0,
        b_stride: b.stride,
        c_start: c.start ?? 0,
        c_stride: c.stride,
        bias_start: bias?.start ?? 0,
      },
      grid: [x, y, division.parts],
      flops: 2 * M * N * K,
    });
  };
  if (division.parts > 1) splitProduct(gpu, args, division, run);
  else run(args);
}
