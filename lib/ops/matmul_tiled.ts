/**
 * The matrix product through workgroup memory, in tiles of several shapes: for graphics cards.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { MatmulArgs } from "./matmul_args.ts";
import { runTiles } from "./matmul_split.ts";

/** The shape of a tile: invocations of a workgroup, and what each of them computes. */
export interface Tile {
  /** Invocations side by side. */
  WX: number;
  /** Invocations one below the other. */
  WY: number;
  /** Blocks of 4 x 4 numbers that an invocation computes, one below the other. */
  RM: number;
  /** The same, side by side. */
  RN: number;
  /** Steps of k in workgroup memory. */
  BK: number;
}

/** The name of a tile: its rows and columns. */
export type TileName = "tile32x32" | "tile64x64" | "tile64x128" | "tile128x128";

/** The tiles, by rows and columns. Each fills at most the 16 KiB that every adapter has. */
export const TILES: Readonly<Record<TileName, Tile>> = {
  /** Small products: four times the workgroups of the next one. */
  tile32x32: { WX: 8, WY: 8, RM: 1, RN: 1, BK: 32 },
  /** Square products of a network's width: 64 multiply-adds for 8 numbers from workgroup memory. */
  tile64x64: { WX: 8, WY: 8, RM: 2, RN: 2, BK: 16 },
  /** Rows by a vocabulary: a large matrix is read once for 64 rows. */
  tile64x128: { WX: 16, WY: 8, RM: 2, RN: 2, BK: 16 },
  /** Large products: 128 rows and columns share what is read, half the bytes of 64 x 64. */
  tile128x128: { WX: 16, WY: 16, RM: 2, RN: 2, BK: 16 },
};

/** Rows and columns of a tile. */
export function extentsOf({ WX, WY, RM, RN }: Tile): { rows: number; columns: number } {
  return { rows: 4 * WY * RM, columns: 4 * WX * RN };
}

/**
 * Records a product in tiles.
 *
 * @param split Into how many parts K may be divided, each with workgroups of its own; 1 for none.
 */
export function tiledMatmul(gpu: Gpu, args: MatmulArgs, tile: Tile, split = 1): void {
  const { WX, WY, RM, RN, BK } = tile;
  runTiles(gpu, args, { ...extentsOf(tile), steps: BK }, split, ({ constants, call }) => {
    gpu.run("matmul_tiled", { WX, WY, RM, RN, BK, ...constants }, call);
  });
}
