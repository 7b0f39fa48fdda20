/**
 * The most likely class of every row of a chunk of logits.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";

/** Options of {@linkcode argmaxRows}. */
export interface ArgmaxOptions {
  /** Where in y the result of the first row goes; 0 unless told. */
  rowStart?: number;
  /** Lanes that share a row, a power of two; by default as the adapter likes it. */
  lanes?: number;
}

/**
 * `y[rowStart + m]` = the v at which `x[m,v]` is largest, the lowest of equals; x [rows, cols],
 * y `u32`. Rows that hold NaN give an unspecified class.
 */
export function argmaxRows(
  gpu: Gpu,
  x: Tensor,
  y: Tensor,
  { rowStart = 0, lanes = gpu.kind === "cpu" ? 8 : 256 }: ArgmaxOptions = {},
): void {
  const cols = x.shape.at(-1) ?? 1;
  const rows = x.size / cols;
  gpu.run("argmax_rows", { WG: lanes }, {
    bind: { x, y },
    params: { rows, cols, row_start: rowStart },
    grid: foldGrid(rows),
  });
}
