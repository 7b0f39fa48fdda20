/**
 * The residual connection with dropout, gated as attention and MLP of a DiT
 * block end, or plain.
 *
 * @module
 */

import { Stream } from "../flow/philox.ts";
import type { AdapterKind } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { add } from "./add.ts";
import { type RowTeams, rowTeams, vectorWidth } from "./lanes.ts";
import { addModulationGrad } from "./modulation.ts";
import type { Tape, Value } from "./tape.ts";

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

/** Options of {@linkcode gatedResidual}. */
export interface GatedResidualOptions {
  /** First of the H columns of gates in the modulation. */
  gate: number;
  /** Rows of a sample: row r belongs to sample ⌊r / length⌋. */
  length: number;
  /** Dropout of the branch; none unless given. */
  dropout?: DropoutDraw | undefined;
  /** The variant of the kernels: the adapter's unless told. */
  kind?: AdapterKind;
}

/** Rows of an invocation forward, which share its loads of the gate. */
const FORWARD_ROWS = { cpu: 4, gpu: 1 };
/** Rows of an invocation backward, whose sum it makes. */
const BACKWARD_ROWS = { cpu: 8, gpu: 8 };

/**
 * `y = residual + gate · dropout(branch)` (`bias_dropout_add_scale` of the reference).
 *
 * Saves branch for backward; the dropout mask is drawn again.
 *
 * @param residual [M, H]
 * @param branch [M, H]
 * @param modulation [samples, P]: the gates of each sample in their columns.
 */
export function gatedResidual(
  tape: Tape,
  residual: Value,
  branch: Value,
  modulation: Value,
  { gate, length, dropout, kind = tape.gpu.kind }: GatedResidualOptions,
): Value {
  const { gpu } = tape;
  const [, hidden = 1] = branch.shape;
  const [samples = 1, stride = 1] = modulation.shape;
  const VEC = vectorWidth(hidden, stride, gate);
  const DROPOUT = Number(dropout !== undefined && dropout.rate > 0);
  const indices = DROPOUT ? dropout?.samples : undefined;
  const SAMPLES = Number(indices !== undefined);
  const bindIndices = indices && { samples: indices };
  const params = {
    samples,
    length,
    hidden: hidden / VEC,
    modulation_stride: stride / VEC,
    gate: gate / VEC,
    ...(dropout && dropoutParams(dropout)),
  };
  const y = gpu.empty(branch.shape);
  const teams = rowTeams(kind, length, FORWARD_ROWS[kind]);
  gpu.run("gated_residual_forward", { VEC, ...teams, DROPOUT, SAMPLES, GATE: 1 }, {
    bind: {
      residual: residual.tensor,
      branch: branch.tensor,
      modulation: modulation.tensor,
      y,
      ...bindIndices,
    },
    params,
    grid: foldGrid(samples * Math.ceil(length / (teams.ROWS * teams.PER))),
  });
  return tape.record(
    y,
    [residual, branch, modulation],
    [branch.tensor, modulation.tensor, ...(indices ? [indices] : [])],
    (dy) => {
      const teams = rowTeams(kind, length, BACKWARD_ROWS[kind]);
      const blocks = samples * Math.ceil(length / (teams.ROWS * teams.PER));
      using partials = gpu.empty([blocks * teams.ROWS, hidden]);
      const run = (accumulate: boolean, dbranch?: Tensor) =>
        gpu.run("gated_residual_backward", {
          VEC,
          ...teams,
          DROPOUT,
          SAMPLES,
          GATE: 1,
          DBRANCH: Number(dbranch !== undefined),
          ACCUMULATE: Number(accumulate),
        }, {
          bind: {
            branch: branch.tensor,
            dy,
            modulation: modulation.tensor,
            partials,
            ...(dbranch && { dbranch }),
            ...bindIndices,
          },
          params,
          grid: foldGrid(blocks),
        });
      if (branch.needsGrad) branch.addGrad(gpu, (dbranch, accumulate) => run(accumulate, dbranch));
      else run(false);
      addModulationGrad(gpu, modulation, { partials, start: 0, width: hidden, column: gate, kind });
      // Last, since the gradient may from now on be added to.
      residual.giveGrad(gpu, dy);
    },
  );
}

/**
 * `y = residual + dropout(branch)`, both [M, H]: the residual connection without a gate. Saves
 * nothing for backward; the dropout mask is drawn again.
 *
 * @param length Rows of a sample: row r belongs to sample ⌊r / length⌋.
 */
export function dropoutResidual(
  tape: Tape,
  residual: Value,
  branch: Value,
  { length, dropout, kind = tape.gpu.kind }: Omit<GatedResidualOptions, "gate">,
): Value {
  if (dropout === undefined || dropout.rate === 0) return add(tape, residual, branch);
  const { gpu } = tape;
  const [rows = 1, hidden = 1] = branch.shape;
  const samples = rows / length;
  const VEC = vectorWidth(hidden);
  const indices = dropout.samples && { samples: dropout.samples };
  const form = { VEC, DROPOUT: 1, SAMPLES: Number(indices !== undefined), GATE: 0 };
  const params = { samples, length, hidden: hidden / VEC, ...dropoutParams(dropout) };
  const work = (teams: RowTeams) => ({
    params,
    grid: foldGrid(samples * Math.ceil(length / (teams.ROWS * teams.PER))),
  });
  const y = gpu.empty(branch.shape);
  const teams = rowTeams(kind, length, FORWARD_ROWS[kind]);
  gpu.run("gated_residual_forward", { ...form, ...teams }, {
    bind: { residual: residual.tensor, branch: branch.tensor, y, ...indices },
    ...work(teams),
  });
  return tape.record(y, [residual, branch], Object.values(indices ?? {}), (dy) => {
    branch.addGrad(gpu, (dbranch, accumulate) => {
      const ACCUMULATE = Number(accumulate);
      const teams = rowTeams(kind, length, BACKWARD_ROWS[kind]);
      gpu.run("gated_residual_backward", { ...form, ...teams, DBRANCH: 1, ACCUMULATE }, {
        bind: { dy, dbranch, ...indices },
        ...work(teams),
      });
    });
    // Last, since the gradient may from now on be added to.
    residual.giveGrad(gpu, dy);
  });
}

/** The kernels' parameters of a draw. */
function dropoutParams({ key, layer, firstSample, step, rate }: DropoutDraw) {
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
