/**
 * Softmax of the rows of a chunk of logits, in place: at vocabulary width there
 * is no room for a second copy.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";

/** Lanes that share a row of vocabulary width. */
export interface RowLanes {
  /** A power of two; by default a SIMD vector on a CPU adapter and 256 on a graphics card. */
  lanes?: number;
}

/** The default of {@linkcode RowLanes.lanes} on this adapter. */
export function rowLanes(gpu: Gpu): number {
  return gpu.kind === "cpu" ? 8 : 256;
}

/** `x[m,v] ← exp(x[m,v]) / Σ_u exp(x[m,u])` for x [rows, cols]. */
export function softmaxRows(gpu: Gpu, x: Tensor, options: RowLanes = {}): void {
  normalizeRows(gpu, x, false, options);
}

/** `x[m,v] ← x[m,v] − log Σ_u exp(x[m,u])` for x [rows, cols]. */
export function logSoftmaxRows(gpu: Gpu, x: Tensor, options: RowLanes = {}): void {
  normalizeRows(gpu, x, true, options);
}

function normalizeRows(gpu: Gpu, x: Tensor, log: boolean, { lanes }: RowLanes): void {
  const cols = x.shape.at(-1) ?? 1;
  const rows = x.size / cols;
  gpu.run("softmax_rows", { WG: lanes ?? rowLanes(gpu), LOG: Number(log) }, {
    bind: { x },
    params: { rows, cols },
    grid: foldGrid(rows),
  });
}
