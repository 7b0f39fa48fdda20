/**
 * Which way a matrix product is computed.
 *
 * Products fall into classes, for each of which a card has a way that suits it:
 *
 * | Class  | Which products                     | Way                        | Why                               |
 * | ------ | ---------------------------------- | -------------------------- | --------------------------------- |
 * | large  | 256 full tiles of 128 x 128 or more | 128 x 128                 | fewest bytes read for each number |
 * | wide   | N of 8,192 or more: the head       | 64 x 128                   | rows are few, a weight's are many |
 * | square | 128 tiles of 64 x 64 or more       | 64 x 64                    | enough workgroups for a card      |
 * | tall   | K of 1,024 or more: dW = dyᵀ·x     | 64 x 64, K in parts        | few numbers, long sums            |
 * | small  | all others                         | 32 x 32                    | four times the workgroups         |
 *
 * These are estimates: nothing has been timed on a card yet. What has been, by the autotuner
 * (ways.ts), goes before them. Where operands are f16 and the adapter has matrix units, these are
 * used in all classes. On a processor there is one way, `register`, whose sizes were tuned
 * (matmul_register.ts).
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { MatmulArgs } from "./matmul_args.ts";
import { canSplit, countTiles, type TileExtents } from "./matmul_split.ts";
import { MATRIX_TILES, matrixBytes, matrixExtents } from "./matmul_matrix.ts";
import { extentsOf, type TileName, TILES } from "./matmul_tiled.ts";
import type { MatmulWay } from "./matmul_way.ts";
import { waysOf } from "./ways.ts";

/** A class of products that are computed alike. */
export type MatmulClass = "large" | "wide" | "square" | "tall" | "small";

/** Workgroups that fill a card, each more than once. */
export const FULL = 256;
/** Rows that would leave half of a tile of 128 empty. */
const FEW = 64;
/** From so many columns on a product is wide. */
const WIDE = 8192;
/** From so many steps on sums are worth being divided. */
const LONG = 1024;
/** Steps of a part, at least. */
export const PART = 256;

/** The class of a product. */
export function classOf(args: MatmulArgs): MatmulClass {
  const { M, N, K } = args;
  const tiles = (name: TileName) => countTiles(args, extentsOf(TILES[name]));
  if (M > FEW && tiles("tile128x128") >= FULL) return "large";
  if (N >= WIDE) return "wide";
  if (tiles("tile64x64") >= FULL / 2) return "square";
  if (K >= LONG && canSplit(args)) return "tall";
  return "small";
}

/** The tiles of the classes. */
const TILE_OF: Readonly<Record<MatmulClass, TileName>> = {
  large: "tile128x128",
  wide: "tile64x128",
  square: "tile64x64",
  tall: "tile64x64",
  small: "tile32x32",
};

/** Parts of K that fill a card with workgroups of a tile each. */
function splitFor(args: MatmulArgs, tile: TileExtents): number {
  const tiles = countTiles(args, tile);
  return Math.max(1, Math.min(Math.floor(FULL / tiles), Math.floor(args.K / PART)));
}

/** The way of a product on a device: the one that was found fastest, or else the usual one. */
export function chooseWay(gpu: Gpu, args: MatmulArgs): MatmulWay {
  return waysOf(gpu)?.wayOf(args) ?? usualWay(gpu, args);
}

/** Rows and columns of a tile on matrix units, where a product can use them; else null. */
export function matrixTileOf(gpu: Gpu, { a, b }: MatmulArgs): TileExtents | null {
  const isHalf = a.view.dtype === "f16" || b.view.dtype === "f16";
  const units = isHalf && !gpu.isRefused("matrix") ? gpu.matrixUnits : undefined;
  const memory = gpu.device.limits.maxComputeWorkgroupStorageSize;
  const tile = MATRIX_TILES[gpu.kind];
  return units !== undefined && matrixBytes(units, tile) <= memory
    ? matrixExtents(units, tile)
    : null;
}

/** The way of a product on a device, as the table above has it. */
export function usualWay(gpu: Gpu, args: MatmulArgs): MatmulWay {
  const matrixTile = matrixTileOf(gpu, args);
  if (matrixTile !== null) return { variant: "matrix", split: splitFor(args, matrixTile) };
  if (gpu.kind === "cpu") return { variant: gpu.isRefused("register") ? "plain" : "register" };
  const kind = classOf(args);
  const variant = TILE_OF[kind];
  if (gpu.isRefused(variant)) return { variant: "plain" };
  if (kind !== "tall") return { variant };
  return { variant, split: splitFor(args, extentsOf(TILES[variant])) };
}
