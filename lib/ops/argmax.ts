/**
 * The most likely class of every row of a chunk of logits.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { type RowLanes, rowLanes } from "./softmax.ts";

/**
 * `y[rowStart + m]` = the v at which `x[m,v]` is largest, the lowest of equals; x [rows, cols],
 * y `u32`. Rows that hold NaN give an unspecified class.
 */
export function argmaxRows(
  gpu: Gpu,
  x: Tensor,
  y: Tensor,
  { rowStart = 0, lanes }: RowLanes & { rowStart?: number } = {},
): void {
  const cols = x.shape.at(-1) ?? 1;
  const rows = x.size / cols;
  gpu.run("argmax_rows", { WG: lanes ?? rowLanes(gpu) }, {
    bind: { x, y },
    params: { rows, cols, row_start: rowStart },
    grid: foldGrid(rows),
  });
}
