/**
 * What becomes of the rows between the layers of a transformer, in float64: gate, dropout and
 * residual, and the norm.
 *
 * @module
 */

import type { DropoutDraw } from "../../lib/ops/dropout.ts";
import { Philox, Stream } from "../../lib/random/philox.ts";

const SEED = 77;

/** A draw of dropout whose every number matters. */
export const DRAW: DropoutDraw = {
  rate: 0.3,
  key: [SEED, 0],
  layer: 3,
  step: 9,
  firstSample: 40,
};

/** Rows of samples of `length` positions, and the columns of their samples' modulation. */
export interface RowSizes {
  length: number;
  hidden: number;
  columns: number;
}

/** What dropout multiplies number i of a sample by. */
function dropoutFactor(
  { rate, layer, step, firstSample }: DropoutDraw,
  sample: number,
  i: number,
  indices: readonly number[],
): number {
  const index = indices[sample] ?? firstSample + sample;
  const u = new Philox(SEED, Stream.Dropout).uniforms(i >> 2, layer, index, step)[i & 3]!;
  return u >= rate ? 1 / (1 - rate) : 0;
}

/**
 * residual + gate · dropout(branch), [samples·length, hidden], the gates being columns of the
 * modulation from `gate` on.
 *
 * @param draw {@linkcode DRAW}, or the same with other places; nothing is dropped without it.
 * @param indices Those of the samples in the global batch; unless given they follow one another.
 */
export function gatedSum(
  { length, hidden, columns, gate }: RowSizes & { gate: number },
  { residual, branch, modulation }: Record<string, Float64Array>,
  draw?: DropoutDraw,
  indices: readonly number[] = [],
): Float64Array {
  return residual!.map((value, at) => {
    const sample = Math.floor(at / (length * hidden));
    const factor = draw ? dropoutFactor(draw, sample, at % (length * hidden), indices) : 1;
    return value + modulation![sample * columns + gate + at % hidden]! * factor * branch![at]!;
  });
}

/**
 * LayerNorm(x) · weight · (1 + scale) + shift, [samples·length, hidden], scale and shift being
 * columns of the modulation.
 */
export function modulatedNorm(
  { length, hidden, columns, shift, scale }: RowSizes & { shift: number; scale: number },
  { x, weight, modulation }: Record<string, Float64Array>,
): Float64Array {
  const y = new Float64Array(x!.length);
  for (let row = 0; row < y.length / hidden; row++) {
    const values = x!.subarray(row * hidden, (row + 1) * hidden);
    const mean = values.reduce((a, b) => a + b, 0) / hidden;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / hidden;
    const own = Math.floor(row / length) * columns;
    for (const [h, value] of values.entries()) {
      y[row * hidden + h] = (value - mean) / Math.sqrt(variance + 1e-5) * weight![h]! *
          (1 + modulation![own + scale + h]!) + modulation![own + shift + h]!;
    }
  }
  return y;
}
