/**
 * LayerNorm: without bias but followed by adaLN modulation, as every block of a
 * DiT begins, and by itself, with or without bias.
 *
 * @module
 */

import type { AdapterKind } from "../gpu/gpu.ts";
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
  const [rows = 1, hidden = 1] = x.shape;
  const [samples = 1, stride = 1] = modulation.shape;
  const VEC = vectorWidth(hidden, stride, shift, scale);
  const extents = {
    samples,
    length,
    hidden: hidden / VEC,
    modulation_stride: stride / VEC,
    scale: scale / VEC,
  };

  const y = gpu.empty(x.shape);
  using stats = gpu.empty([2, rows]);
  const teams = rowTeams(kind, length, FORWARD_ROWS[kind]);
  gpu.run("layer_norm_forward", {
    VEC,
    ...teams,
    SLOTS: 2 * teams.PER,
    ROUND: teams.PER,
    MODULATE: 1,
    BIAS: 0,
  }, {
    bind: { x: x.tensor, weight: weight.tensor, modulation: modulation.tensor, y, stats },
    params: { ...extents, shift: shift / VEC, eps: EPS },
    grid: foldGrid(samples * Math.ceil(length / (teams.ROWS * teams.PER))),
  });

  const backward = (dy: Tensor) => {
    const teams = rowTeams(kind, length, BACKWARD_ROWS[kind]);
    const blocks = samples * Math.ceil(length / (teams.ROWS * teams.PER));
    // Sums over a team's rows of what makes the gradients of shift, scale and weight.
    using partials = gpu.empty([blocks * teams.ROWS, 3 * hidden]);
    const run = (accumulate: boolean, dx?: Tensor) =>
      gpu.run("layer_norm_backward", {
        VEC,
        ...teams,
        SLOTS: 2 * teams.PER,
        ROUND: 2 * teams.PER,
        MODULATE: 1,
        DX: Number(dx !== undefined),
        ACCUMULATE: Number(accumulate),
      }, {
        bind: {
          x: x.tensor,
          dy,
          weight: weight.tensor,
          modulation: modulation.tensor,
          stats,
          partials,
          ...(dx && { dx }),
        },
        params: extents,
        grid: foldGrid(blocks),
      });
    if (x.needsGrad) x.addGrad(gpu, (dx, accumulate) => run(accumulate, dx));
    else run(false);
    if (scale === shift + hidden) {
      addModulationGrad(gpu, modulation, {
        partials,
        start: 0,
        width: 2 * hidden,
        column: shift,
        kind,
      });
    } else {
      for (const [i, column] of [shift, scale].entries()) {
        addModulationGrad(gpu, modulation, {
          partials,
          start: i * hidden,
          width: hidden,
          column,
          kind,
        });
      }
    }
    weight.addGrad(gpu, (dweight, accumulate) =>
      sumRows(gpu, {
        rows: blocks * teams.ROWS,
        cols: hidden,
        x: { view: partials, start: 2 * hidden, stride: 3 * hidden },
        y: { view: dweight },
        accumulate,
      }));
  };
  const saved = [x.tensor, weight.tensor, modulation.tensor, stats];
  return tape.record(y, [x, weight, modulation], saved, backward);
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
  const extents = { samples: 1, length: rows, hidden: hidden / VEC };

  const y = gpu.empty(x.shape);
  using stats = gpu.empty([2, rows]);
  const teams = rowTeams(kind, rows, FORWARD_ROWS[kind]);
  gpu.run("layer_norm_forward", {
    VEC,
    ...teams,
    SLOTS: 2 * teams.PER,
    ROUND: teams.PER,
    MODULATE: 0,
    BIAS: Number(bias !== undefined),
  }, {
    bind: {
      x: x.tensor,
      weight: weight.tensor,
      y,
      stats,
      ...(bias && { bias: bias.tensor }),
    },
    params: { ...extents, eps },
    grid: foldGrid(Math.ceil(rows / (teams.ROWS * teams.PER))),
  });

  const inputs = bias === undefined ? [x, weight] : [x, weight, bias];
  return tape.record(y, inputs, [x.tensor, weight.tensor, stats], (dy) => {
    const teams = rowTeams(kind, rows, BACKWARD_ROWS[kind]);
    const blocks = Math.ceil(rows / (teams.ROWS * teams.PER));
    // Sums over a team's rows of what makes the gradients of bias and weight.
    using partials = gpu.empty([blocks * teams.ROWS, 2 * hidden]);
    const run = (accumulate: boolean, dx?: Tensor) =>
      gpu.run("layer_norm_backward", {
        VEC,
        ...teams,
        SLOTS: 2 * teams.PER,
        ROUND: 2 * teams.PER,
        MODULATE: 0,
        DX: Number(dx !== undefined),
        ACCUMULATE: Number(accumulate),
      }, {
        bind: { x: x.tensor, dy, weight: weight.tensor, stats, partials, ...(dx && { dx }) },
        params: extents,
        grid: foldGrid(blocks),
      });
    if (x.needsGrad) x.addGrad(gpu, (dx, accumulate) => run(accumulate, dx));
    else run(false);
    for (const [i, value] of [bias, weight].entries()) {
      value?.addGrad(gpu, (dvalue, accumulate) =>
        sumRows(gpu, {
          rows: blocks * teams.ROWS,
          cols: hidden,
          x: { view: partials, start: i * hidden, stride: 2 * hidden },
          y: { view: dvalue },
          accumulate,
        }));
    }
  });
}
