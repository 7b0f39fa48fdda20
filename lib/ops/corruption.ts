/**
 * Corrupted data x_t = (1 − γ)·n + γ·onehot(x0), in chunks: the whole tensor,
 * as wide as the vocabulary, never exists.
 *
 * @module
 */

import { Stream } from "../random/philox.ts";
import type { AdapterKind, Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { RowSource } from "./vocabulary.ts";

/** Which normal numbers n belong to a sequence of samples, whatever the chunks. */
export interface NoiseDraw {
  /** The seed as two words, the low one first. */
  key: readonly [number, number];
  /** The purpose of the draw, which enters the key; {@linkcode Stream.Noise} unless told. */
  stream?: Stream;
  /** The last word of the counter: the step of the optimizer or sampler. */
  step: number;
  /** Index of the first sample in the global batch. */
  firstSample: number;
  /** In place of firstSample, where indices do not follow each other: all of them, u32. */
  samples?: Tensor | undefined;
  /** Positions of a sample. */
  length: number;
}

/** A chunk of noise; see {@linkcode noiseChunk}. */
export interface NoiseChunk extends NoiseDraw {
  /** Result, [rows, columns]. */
  target: Tensor;
  /** First row: position `row % length` of sample `⌊row / length⌋`. */
  rowStart: number;
  /** First vocabulary entry (or feature). */
  columnStart: number;
  /** The variant of the kernel: the adapter's unless told. */
  kind?: AdapterKind;
}

/** Clean data and how much of it is left. */
export interface CorruptedData {
  /** Token ids x0, u32 [samples · length]. */
  tokens: Tensor;
  /** Weight γ of the data in each sample, [samples]. */
  gammas: Tensor;
}

/** A chunk of corrupted data; see {@linkcode corruptChunk}. */
export interface CorruptionChunk extends NoiseChunk, CorruptedData {}

/** Draws of four numbers that a workgroup on a processor makes at least. */
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

/** Corrupted data as a source of rows, made anew for each chunk. */
export class CorruptionSource implements RowSource {
  /** Tokens, gammas, and the samples' indices if given. */
  readonly tensors: readonly Tensor[];
  /** Any part of a row can be made. */
  readonly wholeRows = false;
  readonly #gpu: Gpu;
  readonly #options: NoiseDraw & CorruptedData;

  /** Describes the data; nothing is computed, and the tensors stay the caller's. */
  constructor(gpu: Gpu, options: NoiseDraw & CorruptedData) {
    this.#gpu = gpu;
    this.#options = options;
    const { tokens, gammas, samples } = options;
    this.tensors = [tokens, gammas, ...(samples ? [samples] : [])];
  }

  /** See {@linkcode RowSource.write}. */
  write(target: Tensor, rowStart: number, columnStart: number): void {
    corruptChunk(this.#gpu, { ...this.#options, target, rowStart, columnStart });
  }
}

function writeChunk(gpu: Gpu, chunk: NoiseChunk, data: CorruptedData | undefined): void {
  const { target, rowStart, columnStart, length, key, step, firstSample, samples } = chunk;
  const { stream = Stream.Noise, kind = gpu.kind } = chunk;
  const [rows = 1, columns = 1] = target.shape;
  const draws = Math.ceil((columnStart + columns) / 4) - Math.floor(columnStart / 4);
  const lanes = kind === "cpu" ? 8 : 64;
  // The invocations of a workgroup share a long row, or have short ones side by side.
  const COLS = Math.min(lanes, 2 ** Math.ceil(Math.log2(draws)));
  const ROWS = lanes / COLS;
  const PER = kind === "cpu" ? Math.max(1, Math.ceil(CPU_DRAWS / (draws * ROWS))) : 1;
  const ALIGNED = Number(columns % 4 === 0 && columnStart % 4 === 0);
  const TOKENS = Number(data !== undefined);
  const SAMPLES = Number(samples !== undefined);
  gpu.run("corrupt", { ROWS, COLS, PER, TOKENS, SAMPLES, ALIGNED }, {
    bind: { y: target, ...data, ...(samples && { samples }) },
    params: {
      rows,
      columns,
      row_start: rowStart,
      column_start: columnStart,
      length,
      key_low: key[0],
      key_high: key[1] ^ stream,
      first_sample: firstSample,
      step,
    },
    grid: foldGrid(Math.ceil(rows / (ROWS * PER))),
  });
}
