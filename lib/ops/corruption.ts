/**
 * Noise, and corrupted data x_t = (1 − γ)·n + γ·onehot(x0), as row sources: every number follows
 * from its place and the seed, so that chunks fit together in any way and nothing is stored.
 *
 * @module
 */

import type { AdapterKind } from "../gpu/adapter.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { Stream } from "../random/philox.ts";
import { workgroupSize } from "./lanes.ts";
import type { RowSource } from "./vocabulary.ts";

/**
 * Which normal numbers n belong to a sequence of samples: number n of entry v is lane `v & 3` of
 * the Philox draw with the counter [v >> 2, position, firstSample + sample, step].
 */
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
  /** Positions of a sample: row r is position `r % length` of sample `⌊r / length⌋`. */
  length: number;
}

/** Clean data and how much of it is left. */
export interface CorruptedData {
  /** Token ids x0, u32 [samples · length]. */
  tokens: Tensor;
  /** Weight γ of the data in each sample, [samples]. */
  gammas: Tensor;
}

/** Draws of four numbers that a workgroup on a processor makes at least. */
const CPU_DRAWS = 128;

/** The rows [samples·length, any] of standard normal noise n: where samplers start. */
export function noiseRows(gpu: Gpu, draw: NoiseDraw): RowSource {
  return source(gpu, draw, undefined, gpu.kind);
}

/**
 * The rows [samples·length, V] of corrupted data, x_t = (1 − γ)·n + γ·onehot(x0). The tensors stay
 * the caller's.
 *
 * @param kind The variant of the kernel: the adapter's unless told.
 */
export function corruptedRows(
  gpu: Gpu,
  { tokens, gammas, ...draw }: CorruptedData & NoiseDraw,
  kind: AdapterKind = gpu.kind,
): RowSource {
  return source(gpu, draw, { tokens, gammas }, kind);
}

function source(
  gpu: Gpu,
  { key, stream = Stream.Noise, step, firstSample, samples, length }: NoiseDraw,
  data: CorruptedData | undefined,
  kind: AdapterKind,
): RowSource {
  const given = { ...data, ...(samples && { samples }) };
  const TOKENS = Number(data !== undefined);
  const SAMPLES = Number(samples !== undefined);
  return {
    tensors: Object.values(given),
    wholeRows: false,
    write(target, rowStart, columnStart) {
      const [rows = 1, columns = 1] = target.shape;
      const draws = Math.ceil((columnStart + columns) / 4) - Math.floor(columnStart / 4);
      const lanes = workgroupSize(kind);
      // The invocations of a workgroup share a long row, or have short ones side by side.
      const COLS = Math.min(lanes, 2 ** Math.ceil(Math.log2(draws)));
      const ROWS = lanes / COLS;
      const PER = kind === "cpu" ? Math.max(1, Math.ceil(CPU_DRAWS / (draws * ROWS))) : 1;
      const ALIGNED = Number(columns % 4 === 0 && columnStart % 4 === 0);
      gpu.run("corrupt", { ROWS, COLS, PER, TOKENS, SAMPLES, ALIGNED }, {
        bind: { y: target, ...given },
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
    },
  };
}
