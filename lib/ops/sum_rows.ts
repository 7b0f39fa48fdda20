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
  cols: number;
  /** Stored [rows, cols]: from element `start` on, a row every `stride` elements, or every cols. */
  x: { view: BufferView; start?: number; stride?: number };
  /** Result: `cols` elements from `start`. */
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
export function sumRows(gpu: Gpu, { rows, cols, x, y, accumulate = false }: SumRowsArgs): void {
  const slabs = Math.max(
    1,
    Math.min(
      Math.ceil(rows / MIN_SLAB_ROWS),
      Math.ceil(Math.sqrt(rows)),
      Math.ceil(WANTED_LANES / cols),
      Math.floor(gpu.maxBindingBytes / 4 / cols),
    ),
  );
  const slabRows = Math.ceil(rows / slabs);
  const count = Math.ceil(rows / slabRows);
  if (count === 1) {
    pass(gpu, { rows, cols, x, y, accumulate }, slabRows);
    return;
  }
  using partials = gpu.empty([count, cols]);
  pass(gpu, { rows, cols, x, y: { view: partials } }, slabRows);
  pass(gpu, { rows: count, cols, x: { view: partials }, y, accumulate }, count);
}

function pass(gpu: Gpu, args: SumRowsArgs, slabRows: number): void {
  const { rows, cols, x, y, accumulate = false } = args;
  const lanes = workgroupSize(gpu.kind);
  gpu.run("sum_rows", { WG: lanes, ACCUMULATE: Number(accumulate) }, {
    bind: { x: x.view, y: y.view },
    params: {
      rows,
      cols,
      slab_rows: slabRows,
      x_start: x.start ?? 0,
      ldx: x.stride ?? cols,
      y_start: y.start ?? 0,
    },
    grid: foldGrid(Math.ceil(rows / slabRows) * Math.ceil(cols / lanes)),
    flops: rows * cols,
  });
}
