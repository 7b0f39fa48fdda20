/**
 * Ways of products that were found by trying, kept by the device that they were tried on.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { MatmulArgs } from "./matmul_args.ts";
import { type MatmulWay, parseWay } from "./matmul_way.ts";
import { productName } from "./product.ts";

/** Ways by product, both by their names: `{"128x512x2048 tn f32 f32 f32": "tile64x64/4"}`. */
export type WayRecord = Readonly<Record<string, string>>;

/** What chooses the ways of a device's products. */
export interface WayChooser {
  /** The way of a product; undefined for the usual one. */
  wayOf(args: MatmulArgs): MatmulWay | undefined;
  /** What it chooses, for files. */
  readonly record: WayRecord;
}

const CHOOSERS = new WeakMap<Gpu, WayChooser>();

/** Has a device's products be computed as a chooser says from now on; null for the usual ways. */
export function useWays(gpu: Gpu, chooser: WayChooser | null): void {
  if (chooser === null) CHOOSERS.delete(gpu);
  else CHOOSERS.set(gpu, chooser);
}

/** What chooses the ways of a device's products; null if they are the usual ones. */
export function waysOf(gpu: Gpu): WayChooser | null {
  return CHOOSERS.get(gpu) ?? null;
}

/** Ways that were found by trying. */
export class TunedWays implements WayChooser {
  /** Those of them that this program and the device know. */
  readonly record: WayRecord;
  /** The names of products whose way they do not. */
  readonly unknown: readonly string[];
  readonly #ways = new Map<string, MatmulWay>();

  /** Takes the ways that a device can compute by. */
  constructor(gpu: Gpu, record: WayRecord) {
    const known: Record<string, string> = {};
    const unknown: string[] = [];
    for (const [product, word] of Object.entries(record)) {
      const way = parseWay(word);
      if (way === null || !canCompute(gpu, way)) {
        unknown.push(product);
        continue;
      }
      known[product] = word;
      this.#ways.set(product, way);
    }
    this.record = known;
    this.unknown = unknown;
  }

  /** See {@linkcode WayChooser.wayOf}. */
  wayOf(args: MatmulArgs): MatmulWay | undefined {
    return this.#ways.get(productName(args));
  }
}

/** Whether a device can compute in a way. */
export function canCompute(gpu: Gpu, { variant }: MatmulWay): boolean {
  return !gpu.isRefused(variant) && (variant !== "matrix" || gpu.matrixUnits !== undefined);
}
