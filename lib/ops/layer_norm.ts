/**
 * LayerNorm: without bias but followed by adaLN modulation, as every block of a
 * DiT begins, and by itself, with or without bias.
 *
 * Where weights have a copy in f16, it is here that numbers become f16: the residual stream stays
 * in f32 (as PyTorch's autocast keeps it), and what branches off from it is f16.
 *
 * @module
 */

import type { AdapterKind } from "../gpu/adapter.ts";
import { normRows, normRowsBackward, type RowNorm } from "./row_norm.ts";
import type { Tape, Value } from "./tape.ts";

/** Added to the variance, as `F.layer_norm` does. */
export const NORM_EPS = 1e-5;

/** Where {@linkcode layerNormModulate} finds its modulation. */
export interface LayerNormModulateOptions {
  /** First of the H columns of shifts. */
  shift: number;
  /** First of the H columns of scales. */
  scale: number;
  /** Rows of a sample: row r belongs to sample ⌊r / length⌋. */
  length: number;
  /** The variant of the kernels: the adapter's unless told. */
  kind?: AdapterKind;
}

/**
 * `y = (x − mean)/√(var + 1e-5) · weight · (1 + scale) + shift`, row by row (the reference's
 * `modulate_fused(LayerNorm(x), shift, scale)`).
 *
 * Saves x and the mean and 1/√(var + 1e-5) of every row for backward.
 *
 * @param x [M, H]
 * @param weight [H]
 * @param modulation [samples, P]: shifts and scales of each sample in their columns.
 */
export function layerNormModulate(
  tape: Tape,
  x: Value,
  weight: Value,
  modulation: Value,
  { shift, scale, length, kind = tape.gpu.kind }: LayerNormModulateOptions,
): Value {
  const { gpu } = tape;
  const norm: RowNorm = {
    weight,
    length,
    eps: NORM_EPS,
    kind,
    modulation: { value: modulation, shift, scale },
  };
  const y = gpu.empty(x.shape, weight.half?.dtype ?? x.tensor.dtype);
  using stats = normRows(gpu, norm, x.tensor, y);
  const saved = [x.tensor, weight.tensor, modulation.tensor, stats];
  return tape.record(
    y,
    [x, weight, modulation],
    saved,
    (dy) => normRowsBackward(gpu, norm, x, stats, dy),
  );
}

/** Options of {@linkcode layerNorm}. */
export interface LayerNormOptions {
  /** Added to the variance; 1e-5 unless told. */
  eps?: number;
  /** The variant of the kernels: the adapter's unless told. */
  kind?: AdapterKind;
}

/**
 * `y = (x − mean)/√(var + eps) · weight + bias`, row by row (`nn.LayerNorm`).
 *
 * Saves x and the mean and 1/√(var + eps) of every row for backward.
 *
 * @param x [M, H]
 * @param weight [H]
 * @param bias [H], if there is one.
 */
export function layerNorm(
  tape: Tape,
  x: Value,
  weight: Value,
  bias: Value | undefined,
  { eps = NORM_EPS, kind = tape.gpu.kind }: LayerNormOptions = {},
): Value {
  const { gpu } = tape;
  const norm: RowNorm = { weight, length: x.shape[0]!, eps, kind, bias };
  const y = gpu.empty(x.shape, weight.half?.dtype ?? x.tensor.dtype);
  using stats = normRows(gpu, norm, x.tensor, y);
  const inputs = bias === undefined ? [x, weight] : [x, weight, bias];
  const saved = [x.tensor, weight.tensor, stats];
  return tape.record(y, inputs, saved, (dy) => normRowsBackward(gpu, norm, x, stats, dy));
}
