/**
 * Sums of matrices as wide as the vocabulary, [M, V], made in chunks of whole
 * rows: what targets and errors of a distillation consist of. No gradient flows
 * into them.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { Parameter } from "./parameter.ts";
import { firstRows, headLogits, type RowChunk } from "./head.ts";
import { elementLanes } from "./lanes.ts";
import { softmaxRows } from "./softmax.ts";

const WORKGROUP = 64;

/** Rows of a matrix [M, V] that is made a chunk of whole rows at a time. */
export interface RowSource {
  /** What the rows are made from; kept as long as they may be made again. */
  readonly tensors: readonly Tensor[];
  /** Writes rows `rowStart …` into `target` [rows, V]; the same numbers each time. */
  writeRows(target: Tensor, rowStart: number): void;
}

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

/** What rows of a network's output at vocabulary width are made from. */
export interface HeadRowsOptions {
  /** Whether the softmax of the logits is wanted, or the logits themselves. */
  softmax: boolean;
  /** Cap of the logits, or null. */
  logitCap: number | null;
}

/** The logits of hidden [M, H], or their softmax: weight [V, H], bias [V]. */
export function headRows(
  gpu: Gpu,
  hidden: Tensor,
  weight: Parameter,
  bias: Parameter,
  { softmax, logitCap }: HeadRowsOptions,
): RowSource {
  return {
    tensors: [hidden],
    writeRows(target, rowStart) {
      const rows = target.shape[0]!;
      headLogits(gpu, hidden, weight, bias, { logitCap, rowStart, rows, target });
      if (softmax) softmaxRows(gpu, target);
    },
  };
}

/** The one-hot rows of token ids, `u32` [M]; a token beyond V gives zeros. */
export function oneHotRows(gpu: Gpu, tokens: Tensor): RowSource {
  return {
    tensors: [tokens],
    writeRows(target, rowStart) {
      const [rows = 1, columns = 1] = target.shape;
      gpu.clear(target);
      gpu.run("one_hot", { WG: WORKGROUP }, {
        bind: { tokens, y: target },
        params: { rows, columns, row_start: rowStart },
        grid: foldGrid(Math.ceil(rows / WORKGROUP)),
      });
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
  const { constants, count, groups } = elementLanes(gpu.kind, x.size, columns);
  const rowVecs = columns / constants.VEC;
  gpu.run("add_scaled_rows", { ...constants, ACCUMULATE: Number(accumulate) }, {
    bind: { x, scales, y },
    params: { count, columns: rowVecs, row_start: rowStart, length, y_start: yRow * rowVecs },
    grid: foldGrid(groups),
  });
}

/**
 * Writes rows of the sum of all terms into `target` [chunk.rows, V]; zeros where there are none.
 * Needs one more chunk of memory.
 *
 * @param length Rows of a sample.
 */
export function sumTerms(
  gpu: Gpu,
  terms: readonly RowTerm[],
  { rowStart, rows }: RowChunk,
  length: number,
  target: Tensor,
): void {
  using scratch = gpu.empty(target.shape);
  let written = false;
  for (const { source, scales, firstRow = 0, rows: termRows = Infinity } of terms) {
    const from = Math.max(rowStart, firstRow);
    const count = Math.min(rowStart + rows, firstRow + termRows) - from;
    if (count <= 0) continue;
    if (!written && count < rows) {
      gpu.clear(target);
      written = true;
    }
    const x = firstRows(scratch, count);
    source.writeRows(x, from - firstRow);
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
}

/** The tensors of terms: what must be kept to make them again. */
export function termTensors(terms: readonly RowTerm[]): Tensor[] {
  return terms.flatMap(({ source, scales }) => [...source.tensors, scales]);
}
