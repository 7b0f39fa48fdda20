/**
 * Random numbers made on the GPU, the same as lib/random/philox.ts makes on the
 * host: uniform ones exactly, normal ones to float32 rounding.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";

/** Which numbers of a stream are drawn. */
export interface Draw {
  /** The two words of the stream's key (`Philox.key`). */
  key: readonly [number, number];
  /** Words 1 to 3 of the counter; all 0 unless told. */
  counter?: readonly [number, number, number];
  /**
   * Index of the first number, 0 unless told: number j is lane `j & 3` of the draw with counter
   * word 0 `j >> 2`. So the pieces of a tensor can be filled separately.
   */
  start?: number;
}

/** Draws of an invocation: enough work that starting it does not count. */
const STEPS = 4;

/** Fills `y` with numbers uniform in [low, high). */
export function fillUniform(gpu: Gpu, y: Tensor, draw: Draw, low: number, high: number): void {
  fillRandom(gpu, y, draw, 0, low, high - low);
}

/** Fills `y` with normal numbers of mean 0 and the given standard deviation (1 unless told). */
export function fillNormal(gpu: Gpu, y: Tensor, draw: Draw, deviation = 1): void {
  fillRandom(gpu, y, draw, 1, 0, deviation);
}

function fillRandom(
  gpu: Gpu,
  y: Tensor,
  { key, counter = [0, 0, 0], start = 0 }: Draw,
  NORMAL: 0 | 1,
  offset: number,
  factor: number,
): void {
  const WG = gpu.kind === "cpu" ? 8 : 64;
  const draws = Math.ceil((start % 4 + y.size) / 4);
  gpu.run("random_fill", { WG, STEPS, NORMAL }, {
    bind: { y },
    params: {
      start,
      count: y.size,
      key_low: key[0],
      key_high: key[1],
      counter_1: counter[0],
      counter_2: counter[1],
      counter_3: counter[2],
      offset,
      factor,
    },
    grid: foldGrid(Math.ceil(draws / (WG * STEPS))),
  });
}
