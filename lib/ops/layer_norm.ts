/**
 * LayerNorm: without bias but followed by adaLN modulation, as every block of a
 * DiT begins, and by itself, with or without bias.
 *
 * Where weights have a copy in f16, it is here that numbers become f16: the residual stream stays in
 * f32 (as PyTorch's autocast keeps it), and what branches off from it is f16.
 *
 * @module
 */

import type { AdapterKind, Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { rowTeams, vectorWidth } from "./lanes.ts";
import { addModulationGrad } from "./modulation.ts";
import { sumRows } from "./sum_rows.ts";
import type { Tape, Value } from "./tape.ts";

/** Added to the variance, as `F.layer_norm` does. */
const EPS = 1e-5;
/** Rows of an invocation forward, which share its loads of weight and modulation. */
const FORWARD_ROWS = { cpu: 4, gpu: 1 };
/** Rows of an invocation backward, whose sums it makes. */
const BACKWARD_ROWS = { cpu: 8, gpu: 8 };

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
  const [, hidden = 1] = x.shape;
  const [samples = 1, stride = 1] = modulation.shape;
  const norm: RowNorm = {
    x,
    weight,
    samples,
    length,
    eps: EPS,
    kind,
    VEC: vectorWidth(hidden, stride, shift, scale),
    modulation: { tensor: modulation.tensor, stride, shift, scale },
  };
  const y = gpu.empty(x.shape, weight.half?.dtype ?? x.tensor.dtype);
  using stats = normRows(gpu, norm, y);

  const saved = [x.tensor, weight.tensor, modulation.tensor, stats];
  return tape.record(y, [x, weight, modulation], saved, (dy) => {
    // The sums are those of shift, scale and weight.
    using partials = normRowsBackward(gpu, norm, stats, dy);
    const columns = scale === shift + hidden
      ? [{ column: shift, start: 0, width: 2 * hidden }]
      : [shift, scale].map((column, i) => ({ column, start: i * hidden, width: hidden }));
    for (const each of columns) addModulationGrad(gpu, modulation, { partials, ...each, kind });
    addColumnSums(gpu, weight, partials, 2 * hidden);
  });
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
  { eps = EPS, kind = tape.gpu.kind }: LayerNormOptions = {},
): Value {
  const { gpu } = tape;
  const [rows = 1, hidden = 1] = x.shape;
  const VEC = vectorWidth(hidden);
  const norm: RowNorm = { x, weight, samples: 1, length: rows, eps, kind, VEC, bias: bias?.tensor };
  const y = gpu.empty(x.shape, weight.half?.dtype ?? x.tensor.dtype);
  using stats = normRows(gpu, norm, y);

  const inputs = bias === undefined ? [x, weight] : [x, weight, bias];
  return tape.record(y, inputs, [x.tensor, weight.tensor, stats], (dy) => {
    // The sums are those of bias and weight.
    using partials = normRowsBackward(gpu, norm, stats, dy);
    if (bias !== undefined) addColumnSums(gpu, bias, partials, 0);
    addColumnSums(gpu, weight, partials, hidden);
  });
}

/** A LayerNorm of the rows of `x`, [samples·length, H]. */
interface RowNorm {
  x: Value;
  weight: Value;
  samples: number;
  length: number;
  eps: number;
  kind: AdapterKind;
  /** Numbers that are loaded at once. */
  VEC: number;
  /** What follows it: shift and scale, from these columns on. */
  modulation?: { tensor: Tensor; stride: number; shift: number; scale: number };
  bias?: Tensor | undefined;
}

function extentsOf({ x, samples, length, VEC, modulation }: RowNorm) {
  return {
    samples,
    length,
    hidden: x.shape[1]! / VEC,
    ...(modulation && {
      modulation_stride: modulation.stride / VEC,
      scale: modulation.scale / VEC,
    }),
  };
}

/** Writes y and returns the mean and 1/√(var + eps) of every row, [2, M]. */
function normRows(gpu: Gpu, norm: RowNorm, y: Tensor): Tensor {
  const { x, weight, samples, length, eps, kind, VEC, modulation, bias } = norm;
  const stats = gpu.empty([2, x.shape[0]!]);
  const teams = rowTeams(kind, length, FORWARD_ROWS[kind]);
  gpu.run("layer_norm_forward", {
    VEC,
    ...teams,
    SLOTS: 2 * teams.PER,
    ROUND: teams.PER,
    MODULATE: Number(modulation !== undefined),
    BIAS: Number(bias !== undefined),
  }, {
    bind: {
      x: x.tensor,
      weight: weight.tensor,
      ...(modulation && { modulation: modulation.tensor }),
      ...(bias && { bias }),
      y,
      stats,
    },
    params: { ...extentsOf(norm), ...(modulation && { shift: modulation.shift / VEC }), eps },
    grid: foldGrid(samples * Math.ceil(length / (teams.ROWS * teams.PER))),
  });
  return stats;
}

/**
 * Adds the gradient of x, and returns sums over a few rows each, [sums, 2H or 3H], of what makes
 * the gradients of the other inputs.
 */
function normRowsBackward(
  gpu: Gpu,
  norm: RowNorm,
  stats: Tensor,
  dy: Tensor,
): Tensor {
  const { x, weight, samples, length, kind, VEC, modulation } = norm;
  const teams = rowTeams(kind, length, BACKWARD_ROWS[kind]);
  const blocks = samples * Math.ceil(length / (teams.ROWS * teams.PER));
  const partials = gpu.empty([blocks * teams.ROWS, (modulation ? 3 : 2) * x.shape[1]!]);
  const run = (accumulate: boolean, dx?: Tensor) =>
    gpu.run("layer_norm_backward", {
      VEC,
      ...teams,
      SLOTS: 2 * teams.PER,
      ROUND: 2 * teams.PER,
      MODULATE: Number(modulation !== undefined),
      DX: Number(dx !== undefined),
      ACCUMULATE: Number(accumulate),
    }, {
      bind: {
        x: x.tensor,
        dy,
        weight: weight.tensor,
        ...(modulation && { modulation: modulation.tensor }),
        stats,
        partials,
        ...(dx && { dx }),
      },
      params: extentsOf(norm),
      grid: foldGrid(blocks),
    });
  if (x.needsGrad) x.addGrad(gpu, (dx, accumulate) => run(accumulate, dx));
  else run(false);
  return partials;
}

/** Adds the sums of the H columns from `start` on to the gradient of a row [H]. */
function addColumnSums(gpu: Gpu, value: Value, partials: Tensor, start: number): void {
  value.addGrad(gpu, (dvalue, accumulate) =>
    sumRows(gpu, {
      rows: partials.shape[0]!,
      columns: value.shape[0]!,
      x: { view: partials, start, stride: partials.shape[1]! },
      y: { view: dvalue },
      accumulate,
    }));
}
