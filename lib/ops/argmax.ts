/**
 * The most likely class of every row of a chunk of logits, and rows that have none.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { workgroupSize } from "./lanes.ts";

/** In place of a class: the numbers that it follows from are not finite. */
export const NO_CLASS = 0xffffffff;

/** Options of {@linkcode argmaxRows}. */
export interface ArgmaxOptions {
  /** Where in y the result of the first row goes; 0 unless told. */
  rowStart?: number;
  /** Lanes that share a row, a power of two; by default as the adapter likes it. */
  lanes?: number;
}

/**
 * `y[rowStart + m]` = the v at which `x[m,v]` is largest, the lowest of equals; x [rows, columns],
 * y `u32`. Rows that hold a NaN or an infinity give {@linkcode NO_CLASS}.
 */
export function argmaxRows(
  gpu: Gpu,
  x: Tensor,
  y: Tensor,
  { rowStart = 0, lanes = workgroupSize(gpu.kind, 256) }: ArgmaxOptions = {},
): void {
  const columns = x.shape.at(-1) ?? 1;
  const rows = x.size / columns;
  gpu.run("argmax_rows", { WG: lanes }, {
    bind: { x, y },
    params: { rows, columns, row_start: rowStart },
    grid: foldGrid(rows),
  });
}

/** `y[m]` = {@linkcode NO_CLASS} where `x[m,:]` holds a NaN or an infinity; x [rows, columns]. */
export function voidRows(gpu: Gpu, x: Tensor, y: Tensor): void {
  const WG = workgroupSize(gpu.kind);
  const columns = x.shape.at(-1)!;
  const rows = x.size / columns;
  gpu.run("void_rows", { WG }, {
    bind: { x, y },
    params: { rows, columns },
    grid: foldGrid(Math.ceil(rows / WG)),
  });
}
