/**
 * Softmax of the rows of a chunk of logits, in place: at vocabulary width there
 * is no room for a second copy.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { workgroupSize } from "./lanes.ts";

/** How many lanes share a row of logits. */
export interface RowLanes {
  /**
   * 1 or another power of two. By default one where rows are short, else a SIMD vector on a CPU
   * adapter, or several where rows are very long, and 256 lanes on a graphics card.
   */
  lanes?: number;
}

/** Options of {@linkcode logSoftmaxRows}. */
export interface LogSoftmaxOptions extends RowLanes {
  /** Caps the logits first: z is `cap·tanh(x / cap)`; null, for z = x, unless told. */
  cap?: number | null;
}

/** Options of {@linkcode softmaxRows}. */
export interface SoftmaxOptions extends LogSoftmaxOptions {
  /** Divides z; 1 unless told. Below 1 likely classes get likelier, above 1 less likely. */
  temperature?: number;
}

/**
 * The largest factor of logits: an even smaller temperature changes nothing, since all but the
 * largest logit have come to 0, and products must stay far from infinity.
 */
const MAX_FACTOR = 1e20;
/** Rows up to this length are left to one lane each: joining lanes would cost more. */
const SHORT_ROW = 64;

/** Lanes of a row on graphics cards, and the most that any workgroup may have. */
const MOST_LANES = 256;
/**
 * The most columns of a lane: kernels walk a row eleven times, mostly by four, which must be fewer
 * rounds than `MOST_ROUNDS`.
 */
const MOST_COLUMNS = 1 << 14;

/** The lanes of rows of so many columns. */
function lanesFor({ kind }: Gpu, columns: number): number {
  if (columns <= SHORT_ROW) return 1;
  let lanes = workgroupSize(kind, MOST_LANES);
  while (lanes < MOST_LANES && columns > MOST_COLUMNS * lanes) lanes *= 2;
  return lanes;
}

/** Constants and grid of a kernel that gives each of `rows` rows to a lane or a workgroup. */
export function rowLayout(
  gpu: Gpu,
  rows: number,
  columns: number,
  { lanes = lanesFor(gpu, columns) }: RowLanes,
): { constants: { WG: number; LANES: number }; grid: [number, number, number] } {
  const WG = lanes > 1 ? lanes : workgroupSize(gpu.kind);
  return { constants: { WG, LANES: lanes }, grid: foldGrid(Math.ceil(rows * lanes / WG)) };
}

/**
 * `x[m,v] ← exp(z[m,v]/T) / Σ_u exp(z[m,u]/T)` for x [rows, columns] and the temperature T.
 */
export function softmaxRows(gpu: Gpu, x: Tensor, options: SoftmaxOptions = {}): void {
  normalizeRows(gpu, x, false, options);
}

/** `x[m,v] ← z[m,v] − log Σ_u exp(z[m,u])` for x [rows, columns]. */
export function logSoftmaxRows(gpu: Gpu, x: Tensor, options: LogSoftmaxOptions = {}): void {
  normalizeRows(gpu, x, true, options);
}

function normalizeRows(gpu: Gpu, x: Tensor, log: boolean, options: SoftmaxOptions): void {
  const columns = x.shape.at(-1) ?? 1;
  const rows = x.size / columns;
  const { constants, grid } = rowLayout(gpu, rows, columns, options);
  const { temperature = 1, cap = null } = options;
  const form = {
    LOG: Number(log),
    CAP: Number(cap !== null),
    SCALED: Number(temperature !== 1),
  };
  gpu.run("softmax_rows", { ...constants, ...form }, {
    bind: { x },
    params: { rows, columns, factor: Math.min(1 / temperature, MAX_FACTOR), cap: cap ?? 0 },
    grid,
  });
}
