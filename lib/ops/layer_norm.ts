/**
 * LayerNorm without bias, followed by adaLN modulation: how every block of a
 * DiT begins.
 *
 * @module
 */

import type { AdapterKind } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { rowLanes, vectorWidth } from "./lanes.ts";
import { addModulationGrad } from "./modulation.ts";
import { sumRows } from "./sum_rows.ts";
import type { Tape, Value } from "./tape.ts";

/** Added to the variance, as `F.layer_norm` does. */
const EPS = 1e-5;
/** Most rows of a workgroup, forward and backward. */
const CPU_ROWS = 32;
const GPU_FORWARD_ROWS = 8;
const GPU_BACKWARD_ROWS = 16;

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
  const lanes = (gpuRows: number) =>
    rowLanes(kind, hidden / VEC, length, kind === "cpu" ? CPU_ROWS : gpuRows);
  const extents = {
    samples,
    length,
    hidden: hidden / VEC,
    modulation_stride: stride / VEC,
    scale: scale / VEC,
  };

  const y = gpu.empty(x.shape);
  using stats = gpu.empty([2, rows]);
  const forward = lanes(GPU_FORWARD_ROWS);
  gpu.run("layer_norm_forward", { VEC, ...forward, SLOTS: 2 * forward.PER }, {
    bind: { x: x.tensor, weight: weight.tensor, modulation: modulation.tensor, y, stats },
    params: { ...extents, shift: shift / VEC, eps: EPS },
    grid: foldGrid(samples * Math.ceil(length / (forward.ROWS * forward.PER))),
  });

  const backward = (dy: Tensor) => {
    const { ROWS, COLS, PER } = lanes(GPU_BACKWARD_ROWS);
    const blocks = samples * Math.ceil(length / (ROWS * PER));
    // Sums over each block of what makes the gradients of shift, scale and weight.
    using partials = gpu.empty([blocks, 3 * hidden]);
    const run = (accumulate: boolean, dx?: Tensor) =>
      gpu.run("layer_norm_backward", {
        VEC,
        ROWS,
        COLS,
        PER,
        SLOTS: 2 * PER,
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
        rows: blocks,
        cols: hidden,
        x: { view: partials, start: 2 * hidden, stride: 3 * hidden },
        y: { view: dweight },
        accumulate,
      }));
  };
  const saved = [x.tensor, weight.tensor, modulation.tensor, stats];
  return tape.record(y, [x, weight, modulation], saved, backward);
}
