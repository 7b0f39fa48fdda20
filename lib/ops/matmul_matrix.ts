/**
 * The matrix product on matrix units (tensor cores, simdgroup matrices): f16 in, f32 out.
 *
 * @module
 */

import type { AdapterKind } from "../gpu/adapter.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { MatrixUnits } from "../gpu/matrix_units.ts";
import type { MatmulArgs } from "./matmul_args.ts";
import { runTiles } from "./matmul_split.ts";

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
   * 2 x 2 subgroups of 4 x 4 fragments: tiles of 64 x 64 for units of 8 x 8 and of 128 x 128 for
   * units of 16 x 16, so that a fragment that is loaded is used four times. 9 and 20 KiB of
   * workgroup memory.
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
  const form = { ...matrixExtents(units, tile), steps: tile.BK };
  const { M: MM, N: NN, K: KK, subgroupSize: SG } = units;
  runTiles(gpu, args, form, split, ({ constants, call }) => {
    gpu.run("matmul_matrix", { MM, NN, KK, SG, ...tile, ...constants }, call);
  });
}
