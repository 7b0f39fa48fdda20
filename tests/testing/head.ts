/**
 * Output projections in float64, and values as parameters.
 *
 * @module
 */

import type { BiasedHead } from "../../lib/ops/head.ts";
import { Parameter } from "../../lib/ops/parameter.ts";
import type { Value } from "../../lib/ops/tape.ts";

/** A parameter of one window around a value. */
function asParameter(name: string, value: Value): Parameter {
  return new Parameter(name, value.shape, [{ rowStart: 0, rows: value.shape[0]!, value }]);
}

/** An output projection of weight [V, H] and bias [V]. */
export function headOf(weight: Value, bias: Value, logitCap: number | null = null): BiasedHead {
  return { weight: asParameter("w", weight), bias: asParameter("b", bias), logitCap };
}

/** A projection's weight [V, H] and bias [V]. */
export interface HeadNumbers {
  weight: ArrayLike<number>;
  bias: ArrayLike<number>;
}

/** The logits of every row of `hidden`, after a cap if there is one. */
export function logitsOf(
  hidden: ArrayLike<number>,
  { weight, bias }: HeadNumbers,
  cap: number | null = null,
): number[][] {
  const V = bias.length;
  const H = weight.length / V;
  return Array.from({ length: hidden.length / H }, (_, m) =>
    Array.from({ length: V }, (_, v) => {
      let sum = bias[v]!;
      for (let h = 0; h < H; h++) sum += hidden[m * H + h]! * weight[v * H + h]!;
      return cap === null ? sum : cap * Math.tanh(sum / cap);
    }));
}

/** The softmax of every row. */
export function softmaxOf(rows: readonly number[][]): number[][] {
  return rows.map((row) => {
    const max = Math.max(...row);
    const sum = row.reduce((total, z) => total + Math.exp(z - max), 0);
    return row.map((z) => Math.exp(z - max) / sum);
  });
}
