/**
 * Sums of matrices [M, V], each times a factor a sample: what targets and errors of a
 * distillation consist of. A sum is a row source like its terms. No gradient flows into it.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { vectorwise } from "./elementwise.ts";
import { firstOf, type RowSource } from "./vocabulary.ts";

/** A matrix in a sum, times a factor for each sample. */
export interface RowTerm {
  /** The matrix. */
  source: RowSource;
  /** The factors, [samples]: row r of the source has number ⌊r / length⌋. */
  scales: Tensor;
  /** The row of the sum that the source's first row is added to; 0 unless told. */
  firstRow?: number;
  /** Rows of the source; all of the sum's unless told. */
  rows?: number;
}

/**
 * The sum of all terms, `Σ scales[⌊r / length⌋]·source[r]`; zeros where there are none. Needs one
 * more chunk of memory while it is written.
 *
 * @param length Rows of a sample.
 */
export function sumOfTerms(gpu: Gpu, terms: readonly RowTerm[], length: number): RowSource {
  return {
    tensors: terms.flatMap(({ source, scales }) => [...source.tensors, scales]),
    wholeRows: terms.some(({ source }) => source.wholeRows),
    write(target, rowStart, columnStart) {
      const [rows = 1, columns = 1] = target.shape;
      using scratch = gpu.empty(target.shape, target.dtype);
      let written = false;
      for (const { source, scales, firstRow = 0, rows: termRows = Infinity } of terms) {
        const from = Math.max(rowStart, firstRow);
        const count = Math.min(rowStart + rows, firstRow + termRows) - from;
        if (count <= 0) continue;
        if (!written && count < rows) {
          gpu.clear(target);
          written = true;
        }
        using x = firstOf(scratch, [count, columns]);
        source.write(x, from - firstRow, columnStart);
        addScaledRows(gpu, {
          x,
          scales,
          length,
          rowStart: from - firstRow,
          y: target,
          yRow: from - rowStart,
          accumulate: written,
        });
        written = true;
      }
      if (!written) gpu.clear(target);
    },
  };
}

/** What {@linkcode addScaledRows} computes. */
export interface ScaledRows {
  /** [rows, columns]. */
  x: Tensor;
  /** Factors of the samples, [samples]. */
  scales: Tensor;
  /** Rows of a sample. */
  length: number;
  /** Which of the samples' rows the first of x is; 0 unless told. */
  rowStart?: number;
  /** Result, [.., columns]. */
  y: Tensor;
  /** The row of y that x begins at; 0 unless told. */
  yRow?: number;
  /** Whether to add to y instead of overwriting its rows. */
  accumulate: boolean;
}

/** `y[yRow + r] (+)= scales[⌊(rowStart + r) / length⌋] · x[r]`. */
export function addScaledRows(
  gpu: Gpu,
  { x, scales, length, rowStart = 0, y, yRow = 0, accumulate }: ScaledRows,
): void {
  const columns = x.shape.at(-1)!;
  const { constants, count, grid } = vectorwise(gpu.kind, x.size, columns);
  const rowVecs = columns / constants.VEC;
  gpu.run("add_scaled_rows", { ...constants, ACCUMULATE: Number(accumulate) }, {
    bind: { x, scales, y },
    params: { count, columns: rowVecs, row_start: rowStart, length, y_start: yRow * rowVecs },
    grid,
  });
}
