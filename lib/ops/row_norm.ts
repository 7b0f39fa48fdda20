/**
 * The kernels of LayerNorm and what they are given, in both passes.
 *
 * @module
 */

import type { AdapterKind } from "../gpu/adapter.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { dropoutArgs, type DropoutDraw } from "./dropout.ts";
import { rowTeams, vectorWidth } from "./lanes.ts";
import { addModulationGrad } from "./modulation.ts";
import { sumRows } from "./sum_rows.ts";
import type { Value } from "./tape.ts";

/** Rows of an invocation forward, which share its loads of weight and modulation. */
const FORWARD_ROWS = { cpu: 4, gpu: 1 };
/** Rows of an invocation backward, whose sums it makes. */
const BACKWARD_ROWS = { cpu: 8, gpu: 8 };

/** A LayerNorm of rows, [M, H], and what goes with it. */
export interface RowNorm {
  weight: Value;
  /** Rows of a sample: row r belongs to sample ⌊r / length⌋. */
  length: number;
  /** Added to the variance. */
  eps: number;
  kind: AdapterKind;
  /** What follows it: shift and scale of each sample, [M / length, P], from these columns on. */
  modulation?: { value: Value; shift: number; scale: number };
  /** What follows it without a modulation, [H]. */
  bias?: Value | undefined;
  /**
   * What the rows are made of on the way: `residual + gate · dropout(branch)`, the gates being
   * columns of the modulation, too.
   */
  sum?: ConnectedSum | undefined;
}

/** See {@linkcode RowNorm}. */
interface ConnectedSum {
  residual: Tensor;
  branch: Value;
  gate: number;
  dropout: DropoutDraw | undefined;
}

/**
 * Writes y (and x, if it is made), and returns the mean and 1/√(var + eps) of every row, [2, M].
 */
export function normRows(gpu: Gpu, norm: RowNorm, x: Tensor, y: Tensor): Tensor {
  const { weight, eps, modulation, bias, sum } = norm;
  const { form, params, shared, drawn, divide } = argsOf(norm, x.shape);
  const stats = gpu.empty([2, x.shape[0]!]);
  const { teams, blocks } = divide(FORWARD_ROWS);
  gpu.run("layer_norm_forward", {
    ...form,
    ...teams,
    SLOTS: 2 * teams.PER,
    ROUND: teams.PER,
    BIAS: Number(bias !== undefined),
  }, {
    bind: {
      x,
      weight: weight.tensor,
      ...shared,
      ...drawn,
      ...(bias && { bias: bias.tensor }),
      ...(sum && { residual: sum.residual }),
      y,
      stats,
    },
    params: { ...params, ...(modulation && { shift: modulation.shift / form.VEC }), eps },
    grid: foldGrid(blocks),
  });
  return stats;
}

/**
 * Adds the gradients of x, weight, bias and modulation to theirs. If x is made on the way, that of
 * the branch takes the place of `dy` and is handed on; that of the residual is x's. Its dropout has
 * no `samples`.
 */
export function normRowsBackward(
  gpu: Gpu,
  norm: RowNorm,
  x: Value,
  stats: Tensor,
  dy: Tensor,
): void {
  const { weight, modulation, bias, sum, kind } = norm;
  const [, hidden = 1] = x.shape;
  const { form, params, shared, divide } = argsOf(norm, x.shape);
  const { teams, blocks } = divide(BACKWARD_ROWS);
  const columns = modulation
    ? [...(sum ? [sum.gate] : []), modulation.shift, modulation.scale]
    : [];
  const before = Math.max(1, columns.length);
  // Sums over a few rows each of what makes the gradients of modulation (else of bias) and weight.
  using partials = gpu.empty([blocks * teams.ROWS, (before + 1) * hidden]);
  const run = (accumulate: boolean, dx?: Tensor) =>
    gpu.run("layer_norm_backward", {
      ...form,
      ...teams,
      SLOTS: 2 * teams.PER,
      ROUND: 2 * teams.PER,
      DX: Number(dx !== undefined),
      ACCUMULATE: Number(accumulate),
    }, {
      bind: {
        x: x.tensor,
        dy,
        weight: weight.tensor,
        ...shared,
        stats,
        partials,
        ...(dx && { dx }),
      },
      params,
      grid: foldGrid(blocks),
    });
  if (x.needsGrad) x.addGrad(gpu, (dx, accumulate) => run(accumulate, dx));
  else run(false);
  if (modulation) {
    for (const { first, count } of neighbours(columns, hidden)) {
      const [start, width, column] = [first * hidden, count * hidden, columns[first]!];
      addModulationGrad(gpu, modulation.value, { partials, start, width, column, kind });
    }
  } else if (bias) addColumnSums(gpu, bias, partials, 0);
  addColumnSums(gpu, weight, partials, before * hidden);
  sum?.branch.giveGrad(gpu, dy);
}

/** What the kernels of both passes are given, and how they divide the rows. */
function argsOf(
  { length, kind, modulation, sum }: RowNorm,
  [rows = 1, hidden = 1]: readonly number[],
) {
  const samples = rows / length;
  const stride = modulation?.value.shape[1] ?? 0;
  const { shift = 0, scale = 0 } = modulation ?? {};
  const gate = sum?.gate ?? 0;
  const VEC = vectorWidth(hidden, stride, shift, scale, gate);
  const drawn = dropoutArgs(sum?.dropout);
  return {
    form: {
      VEC,
      MODULATE: Number(modulation !== undefined),
      RESIDUAL: Number(sum !== undefined),
      ...drawn.form,
    },
    params: {
      samples,
      length,
      hidden: hidden / VEC,
      ...(modulation && { modulation_stride: stride / VEC, scale: scale / VEC }),
      ...(sum && { gate: gate / VEC }),
      ...drawn.params,
    },
    shared: {
      ...(modulation && { modulation: modulation.value.tensor }),
      ...(sum && { branch: sum.branch.tensor }),
    },
    drawn: drawn.bind,
    divide(rows: Record<AdapterKind, number>) {
      const teams = rowTeams(kind, length, rows[kind]);
      return { teams, blocks: samples * Math.ceil(length / (teams.ROWS * teams.PER)) };
    },
  };
}

/** Runs of columns, each `width` after the one before. */
function neighbours(columns: readonly number[], width: number): { first: number; count: number }[] {
  const runs: { first: number; count: number }[] = [];
  for (const [i, column] of columns.entries()) {
    const last = runs.at(-1);
    if (last !== undefined && column === columns[i - 1]! + width) last.count++;
    else runs.push({ first: i, count: 1 });
  }
  return runs;
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
