/**
 * The ways that the autotuner tries for a matrix product.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { MatmulArgs } from "./matmul_args.ts";
import { FULL, matrixTileOf, PART, usualWay } from "./matmul_choice.ts";
import { REGISTER_TILES, type RegisterTileName, registerTileOf } from "./matmul_register.ts";
import { canSplit, countTiles, type TileExtents } from "./matmul_split.ts";
import { extentsOf, type TileName, TILES } from "./matmul_tiled.ts";
import { formatWay, type MatmulVariant, type MatmulWay } from "./matmul_way.ts";

/** Multiplications below which the plain kernel may be as fast as any. */
const TINY = 1 << 20;

/** The ways that are worth being tried for a product on a device; the usual one is the first. */
export function candidatesOf(gpu: Gpu, args: MatmulArgs): MatmulWay[] {
  const ways = [usualWay(gpu, args)];
  const matrixTile = matrixTileOf(gpu, args);
  if (matrixTile !== null) ways.push(...inParts(args, "matrix", matrixTile));
  if (gpu.kind === "cpu") {
    ways.push({ variant: "register" });
    const { rows, vectors } = registerTileOf(args);
    for (const variant of Object.keys(REGISTER_TILES) as RegisterTileName[]) {
      const tile = REGISTER_TILES[variant];
      // The others are the same by another name.
      if (tile.rows !== rows || tile.vectors !== vectors) ways.push({ variant });
    }
  } else {
    for (const variant of Object.keys(TILES) as TileName[]) {
      const tile = extentsOf(TILES[variant]);
      if (fits(args, tile) || variant === "tile32x32") ways.push(...inParts(args, variant, tile));
    }
  }
  if (args.M * args.N * args.K <= TINY) ways.push({ variant: "plain" });
  const byName = new Map(ways.map((way) => [formatWay(way), way]));
  return [...byName.values()].filter(({ variant }) => !gpu.isRefused(variant));
}

/** Whether less than half of a tile would be empty, in either direction. */
function fits({ M, N }: MatmulArgs, { rows, columns }: TileExtents): boolean {
  return 2 * M > rows && 2 * N > columns;
}

/** A variant over all of K, and in 2, 4, … parts until they fill a card. */
function inParts(
  args: MatmulArgs,
  variant: MatmulVariant,
  tile: TileExtents,
): MatmulWay[] {
  const ways: MatmulWay[] = [{ variant }];
  if (!canSplit(args)) return ways;
  const tiles = countTiles(args, tile);
  for (let split = 2; split * PART <= args.K && (split / 2) * tiles < FULL; split *= 2) {
    ways.push({ variant, split });
  }
  return ways;
}
