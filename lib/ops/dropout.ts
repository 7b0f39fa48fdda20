/**
 * What kernels need to draw dropout masks.
 *
 * @module
 */

import type { Tensor } from "../gpu/tensor.ts";
import { Stream } from "../random/philox.ts";

/**
 * The dropout masks of one use. Number i of a sample (position · H + column) is kept if lane
 * `i & 3` of the Philox draw with the counter [i >> 2, layer, firstSample + sample, step], as a
 * uniform number, is at least the rate.
 */
export interface DropoutDraw {
  /** Chance of a number to become 0; the others are divided by 1 − rate. */
  rate: number;
  /** The seed as two words, the low one first; {@linkcode Stream.Dropout} enters it here. */
  key: readonly [number, number];
  /** Which of the network's dropouts this is. */
  layer: number;
  /** Step of the optimizer. */
  step: number;
  /** Index of the first sample in the global batch. */
  firstSample: number;
  /** In place of firstSample, where indices do not follow each other: all of them, u32. */
  samples?: Tensor | undefined;
}

/** What a kernel with dropout_params and dropout_draw of kernels/include/ is given of a draw. */
export function dropoutArgs(dropout: DropoutDraw | undefined) {
  const drawn = dropout !== undefined && dropout.rate > 0 ? dropout : undefined;
  return {
    form: { DROPOUT: Number(drawn !== undefined), SAMPLES: Number(drawn?.samples !== undefined) },
    params: drawn && paramsOf(drawn),
    bind: drawn?.samples && { samples: drawn.samples },
  };
}

function paramsOf({ key, layer, firstSample, step, rate }: DropoutDraw) {
  return {
    key_low: key[0],
    key_high: key[1] ^ Stream.Dropout,
    layer,
    first_sample: firstSample,
    step,
    keep_from: Math.ceil(rate * 2 ** 24),
    factor: 1 / (1 - rate),
  };
}
