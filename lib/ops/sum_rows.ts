/**
 * Column sums of a matrix in a fixed order: the gradient of everything that was
 * added to, or multiplied into, each row.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { BufferView } from "../gpu/tensor.ts";
import { workgroupSize } from "./lanes.ts";

/** A sum `y[n] = Σ_m x[m,n]`. */
export interface SumRowsArgs {
  /** M. */
  rows: number;
  /** N. */
  columns: number;
  /**
   * Stored [rows, columns]: from element `start` on, a row every `stride` elements (or columns).
   */
  x: { view: BufferView; start?: number; stride?: number };
  /** Result: `columns` elements from `start`. */
  y: { view: BufferView; start?: number };
  /** Whether to add to y instead of overwriting it. */
  accumulate?: boolean;
}

/** Columns that should be summed at once before rows need not be divided as well. */
const WANTED_LANES = 1 << 15;
/** Fewer rows than this are not worth a slab of their own. */
const MIN_SLAB_ROWS = 32;

/**
 * Records column sums. Tall matrices are summed in slabs first, whose number depends on the
 * shape alone, and then the slabs' sums.
 */
export function sumRows(gpu: Gpu, { rows, columns, x, y, accumulate = false }: SumRowsArgs): void {
  const slabs = Math.max(
    1,
    Math.min(
      Math.ceil(rows / MIN_SLAB_ROWS),
      Math.ceil(Math.sqrt(rows)),
      Math.ceil(WANTED_LANES / columns),
      Math.floor(gpu.maxBindingBytes / 4 / columns),
    ),
  );
  const slabRows = Math.ceil(rows / slabs);
  const count = Math.ceil(rows / slabRows);
  if (count === 1) {
    pass(gpu, { rows, columns, x, y, accumulate }, slabRows);
    return;
  }
  using partials = gpu.empty([count, columns]);
  pass(gpu, { rows, columns, x, y: { view: partials } }, slabRows);
  pass(gpu, { rows: count, columns, x: { view: partials }, y, accumulate }, count);
}

function pass(gpu: Gpu, args: SumRowsArgs, slabRows: number): void {
  const { rows, columns, x, y, accumulate = false } = args;
  const lanes = workgroupSize(gpu.kind);
  gpu.run("sum_rows", { WG: lanes, ACCUMULATE: Number(accumulate) }, {
    bind: { x: x.view, y: y.view },
    params: {
      rows,
      columns,
      slab_rows: slabRows,
      x_start: x.start ?? 0,
      x_stride: x.stride ?? columns,
      y_start: y.start ?? 0,
    },
    grid: foldGrid(Math.ceil(rows / slabRows) * Math.ceil(columns / lanes)),
    flops: rows * columns,
  });
}
