/**
 * Corrupted data x_t = (1 − γ)·n + γ·onehot(x0), in chunks: the whole tensor,
 * as wide as the vocabulary, never exists.
 *
 * @module
 */

import type { AdapterKind, Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";

/** Which normal numbers n belong to a sequence of samples, whatever the chunks. */
export interface NoiseSource {
  /** The two words of the stream's key (`new Philox(seed, Stream.Noise).key`). */
  key: readonly [number, number];
  /** The last word of the counter: the step of the optimizer or sampler. */
  step: number;
  /** Index of the first sample in the global batch. */
  firstSample: number;
}

/** A chunk of noise; see {@linkcode noiseChunk}. */
export interface NoiseChunk extends NoiseSource {
  /** Result, [rows, columns]. */
  target: Tensor;
  /** First row: position `row % length` of sample `⌊row / length⌋`. */
  rowStart: number;
  /** First vocabulary entry (or feature). */
  columnStart: number;
  /** Positions of a sample. */
  length: number;
  /** The variant of the kernel: the adapter's unless told. */
  kind?: AdapterKind;
}

/** A chunk of corrupted data; see {@linkcode corruptChunk}. */
export interface CorruptionChunk extends NoiseChunk {
  /** Token ids x0, u32 [samples · length]. */
  tokens: Tensor;
  /** Weight γ of the data in each sample, [samples]. */
  gammas: Tensor;
}

/** Draws of four numbers that a workgroup makes at least, if there are so many rows. */
const CPU_DRAWS = 128;

/**
 * Writes rows `rowStart …` and columns `columnStart …` of x_t = (1 − γ)·n + γ·onehot(x0),
 * n ~ N(0, I). Number n of entry v is lane `v & 3` of the Philox draw with the counter
 * [v >> 2, position, firstSample + sample, step], so chunks fit together in any way.
 */
export function corruptChunk(gpu: Gpu, chunk: CorruptionChunk): void {
  const { tokens, gammas } = chunk;
  writeChunk(gpu, chunk, { tokens, gammas });
}

/** Writes a chunk of the noise n alone (x_t for γ = 0): where samplers start. */
export function noiseChunk(gpu: Gpu, chunk: NoiseChunk): void {
  writeChunk(gpu, chunk, undefined);
}

function writeChunk(
  gpu: Gpu,
  chunk: NoiseChunk,
  data: { tokens: Tensor; gammas: Tensor } | undefined,
): void {
  const { target, rowStart, columnStart, length, key, step, firstSample, kind = gpu.kind } = chunk;
  const [rows = 1, columns = 1] = target.shape;
  const draws = Math.ceil((columnStart + columns) / 4) - Math.floor(columnStart / 4);
  const lanes = kind === "cpu" ? 8 : 64;
  // The invocations of a workgroup share a long row, or have short ones side by side.
  const COLS = Math.min(lanes, 2 ** Math.ceil(Math.log2(draws)));
  const ROWS = lanes / COLS;
  const PER = kind === "cpu" ? Math.max(1, Math.ceil(CPU_DRAWS / (draws * ROWS))) : 1;
  const ALIGNED = Number(columns % 4 === 0 && columnStart % 4 === 0);
  gpu.run("corrupt", { ROWS, COLS, PER, TOKENS: Number(data !== undefined), ALIGNED }, {
    bind: { y: target, ...data },
    params: {
      rows,
      columns,
      row_start: rowStart,
      column_start: columnStart,
      length,
      key_low: key[0],
      key_high: key[1],
      first_sample: firstSample,
      step,
    },
    grid: foldGrid(Math.ceil(rows / (ROWS * PER))),
  });
}
