/**
 * The output projection `logits = hidden · Wᵀ + b` at vocabulary width. The
 * logits of all rows never exist at once: they are made in chunks of rows,
 * used, and made again for the gradient. W may be larger than one binding
 * holds, so it is taken window by window, each filling columns of the chunk.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import { Tensor } from "../gpu/tensor.ts";
import type { Parameter } from "./parameter.ts";
import { matmul } from "./matmul.ts";
import { sumRows } from "./sum_rows.ts";
import type { Value } from "./tape.ts";

/** A chunk of logits as large as this keeps a device busy. */
const DEFAULT_CHUNK_BYTES = 32 << 20;
/** Rows of a chunk are a multiple of this if there is room: the tile of a matrix product. */
const ROW_TILE = 16;
const WORKGROUP = 64;

/** Some rows of the hidden states and of their logits. */
export interface RowChunk {
  /** First row. */
  rowStart: number;
  /** Number of rows. */
  rows: number;
}

/**
 * Divides `rows` rows of `cols` numbers into chunks of nearly equal height, each of at most
 * `chunkBytes` (default 32 MiB, or what a binding holds if that is less).
 *
 * @throws {GpuError} if not even one row fits.
 */
export function rowChunks(
  gpu: Gpu,
  rows: number,
  cols: number,
  chunkBytes = DEFAULT_CHUNK_BYTES,
): RowChunk[] {
  const bytes = Math.min(chunkBytes, gpu.maxBindingBytes);
  const most = Math.floor(bytes / (cols * 4));
  if (most === 0) {
    throw new GpuError(
      `A row of ${cols} logits takes ${cols * 4} bytes; a chunk may have ${bytes} bytes.`,
    );
  }
  const even = Math.ceil(rows / Math.ceil(rows / most));
  const height = Math.min(most, Math.ceil(even / ROW_TILE) * ROW_TILE);
  const chunks: RowChunk[] = [];
  for (let rowStart = 0; rowStart < rows; rowStart += height) {
    chunks.push({ rowStart, rows: Math.min(height, rows - rowStart) });
  }
  return chunks;
}

/** The first `rows` rows of a scratch tensor [any, cols]; it must not outlive the scratch. */
export function firstRows(scratch: Tensor, rows: number): Tensor {
  return new Tensor(scratch.buffer, scratch.byteOffset, [rows, ...scratch.shape.slice(1)]);
}

/** What {@linkcode headLogits} is to compute. */
export interface HeadLogitsOptions extends RowChunk {
  /** Cap of the logits, or null: `cap · tanh(logits / cap)`. */
  logitCap: number | null;
  /** Receives the logits, [rows, V]. */
  target: Tensor;
}

/**
 * Writes the logits of some rows of hidden [..., H] into `target`: `hidden · Wᵀ + b`, then the
 * cap if there is one. weight [V, H], bias [V] or none.
 *
 * @throws {GpuError} if the shapes do not fit.
 */
export function headLogits(
  gpu: Gpu,
  hidden: Tensor,
  weight: Parameter,
  bias: Parameter | undefined,
  { logitCap, rowStart, rows, target }: HeadLogitsOptions,
): void {
  const [V = 0, H = 0] = weight.shape;
  if (hidden.shape.at(-1) !== H || target.size !== rows * V) {
    throw new GpuError(
      `A head of weight [${weight.shape}] cannot turn ${rows} rows of hidden states of shape ` +
        `[${hidden.shape}] into logits of shape [${target.shape}].`,
    );
  }
  headProduct(gpu, hidden, weight, { rowStart, rows }, target, { bias });
  if (logitCap !== null) {
    gpu.run("soft_cap", { WG: WORKGROUP }, {
      bind: { x: target },
      params: { count: target.size, cap: logitCap },
      grid: foldGrid(Math.ceil(target.size / WORKGROUP)),
    });
  }
}

/** Options of {@linkcode headProduct}. */
export interface HeadProductOptions {
  /** Added to every row, [V]. */
  bias?: Parameter | undefined;
  /** Whether to add to the target instead of overwriting it. */
  accumulate?: boolean;
}

/** `target = hidden · Wᵀ`, [rows, V], for a chunk of rows. */
export function headProduct(
  gpu: Gpu,
  hidden: Tensor,
  weight: Parameter,
  { rowStart, rows }: RowChunk,
  target: Tensor,
  { bias, accumulate = false }: HeadProductOptions,
): void {
  const [V = 0, H = 0] = weight.shape;
  for (const window of weight.windows) {
    matmul(gpu, {
      M: rows,
      N: window.rows,
      K: H,
      a: { view: hidden, start: rowStart * H, stride: H },
      b: { view: window.value.tensor, stride: H, transposed: true },
      c: { view: target, start: window.rowStart, stride: V },
      accumulate,
      ...(bias && { bias: { view: bias.value.tensor, start: window.rowStart } }),
    });
  }
}

/** Where {@linkcode headBackward} puts the gradient of the hidden states. */
export interface HiddenGrad {
  /** [..., H], all rows. */
  target: Tensor;
  /** Whether to add to it instead of overwriting the chunk's rows. */
  accumulate: boolean;
}

/**
 * The gradients of {@linkcode headLogits} without cap, for one chunk: from dlogits [rows, V]
 * adds `dlogitsᵀ · hidden` to W's, the column sums to b's, and writes `dlogits · W` into the
 * chunk's rows of dHidden, if that is given.
 */
export function headBackward(
  gpu: Gpu,
  dlogits: Tensor,
  { rowStart, rows }: RowChunk,
  hidden: Tensor,
  weight: Parameter,
  bias: Parameter | undefined,
  dHidden?: HiddenGrad,
): void {
  const [V = 0, H = 0] = weight.shape;
  for (const [index, window] of weight.windows.entries()) {
    if (dHidden !== undefined) {
      matmul(gpu, {
        M: rows,
        N: H,
        K: window.rows,
        a: { view: dlogits, start: window.rowStart, stride: V },
        b: { view: window.value.tensor, stride: H },
        c: { view: dHidden.target, start: rowStart * H, stride: H },
        accumulate: dHidden.accumulate || index > 0,
      });
    }
    window.value.addGrad(gpu, (dw, accumulate) =>
      matmul(gpu, {
        M: window.rows,
        N: H,
        K: rows,
        a: { view: dlogits, start: window.rowStart, stride: V, transposed: true },
        b: { view: hidden, start: rowStart * H, stride: H },
        c: { view: dw, stride: H },
        accumulate,
      }));
  }
  bias?.value.addGrad(
    gpu,
    (db, accumulate) =>
      sumRows(gpu, { rows, cols: V, x: { view: dlogits }, y: { view: db }, accumulate }),
  );
}

/** The values whose gradients {@linkcode headBackward} adds to. */
export function headValues(weight: Parameter, bias: Parameter | undefined): Value[] {
  return [...weight.windows, ...(bias?.windows ?? [])].map((window) => window.value);
}
