/**
 * A gated residual connection and the LayerNorm that follows it, in one pass over the rows.
 *
 * @module
 */

import { branchBackward, type GatedResidualOptions } from "./gated_residual.ts";
import { type LayerNormModulateOptions, NORM_EPS } from "./layer_norm.ts";
import { normRows, normRowsBackward, type RowNorm } from "./row_norm.ts";
import type { Tape, Value } from "./tape.ts";

/** Options of {@linkcode gatedResidualNorm}. */
export interface GatedResidualNormOptions extends GatedResidualOptions, LayerNormModulateOptions {}

/** What {@linkcode gatedResidualNorm} gives. */
export interface NormedSum {
  /** The residual stream, [M, H]. */
  sum: Value;
  /** Its rows, normalised and modulated, [M, H]. */
  normed: Value;
}

/**
 * `sum = residual + gate · dropout(branch)` and `normed = LayerNorm(sum) · (1 + scale) + shift`:
 * {@linkcode gatedResidual} and {@linkcode layerNormModulate}, to the bit, but what the one writes
 * is not read by the other, and so it is with their gradients.
 *
 * Saves branch, sum, and the mean and 1/√(var + 1e-5) of every row. Backward puts the gradient of
 * branch in the place of that of normed; if normed has none, or with `dropout.samples`, it is that
 * of the two apart.
 *
 * @param residual [M, H]; sum has its element type.
 * @param branch [M, H]
 * @param weight The norm's, [H].
 * @param modulation [samples, P]: gates, shifts and scales of each sample in their columns.
 */
export function gatedResidualNorm(
  tape: Tape,
  residual: Value,
  branch: Value,
  weight: Value,
  modulation: Value,
  { gate, shift, scale, length, dropout, kind = tape.gpu.kind }: GatedResidualNormOptions,
): NormedSum {
  const { gpu } = tape;
  const norm: RowNorm = {
    weight,
    length,
    eps: NORM_EPS,
    kind,
    modulation: { value: modulation, shift, scale },
    sum: { residual: residual.tensor, branch, gate, dropout },
  };
  const x = gpu.empty(residual.shape, residual.tensor.dtype);
  const y = gpu.empty(residual.shape, weight.half?.dtype ?? residual.tensor.dtype);
  using stats = normRows(gpu, norm, x, y);

  const samples = dropout?.samples ? [dropout.samples] : [];
  const saved = [branch.tensor, x, weight.tensor, modulation.tensor, stats, ...samples];
  let together = false;
  const sum = tape.record(x, [residual, branch, modulation], saved, (dsum) => {
    if (!together) {
      const gates = { modulation, column: gate };
      branchBackward(gpu, branch, gates, { length, dropout, kind }, dsum);
    }
    residual.giveGrad(gpu, dsum);
  });
  // Runs before that of the sum, which has by then what all others add to its gradient.
  const normed = tape.record(y, [sum, weight], saved, (dy) => {
    // The samples would be a ninth buffer, and WebGPU promises eight.
    together = sum.needsGrad && dropout?.samples === undefined;
    normRowsBackward(gpu, together ? norm : { ...norm, sum: undefined }, sum, stats, dy);
  });
  return { sum, normed };
}
