/**
 * The residual connection with dropout, gated as attention and MLP of a DiT
 * block end, or plain.
 *
 * @module
 */

import type { AdapterKind } from "../gpu/adapter.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { add } from "./add.ts";
import { dropoutArgs, type DropoutDraw } from "./dropout.ts";
import { rowTeams, vectorWidth } from "./lanes.ts";
import { addModulationGrad } from "./modulation.ts";
import type { Tape, Value } from "./tape.ts";

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
 * @param residual [M, H]; the result has its element type.
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
  return connect(tape, residual, branch, { modulation, column: gate }, { length, dropout, kind });
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
  return connect(tape, residual, branch, undefined, { length, dropout, kind });
}

/** The gates of each sample: H columns of the modulation, from `column` on. */
interface Gates {
  modulation: Value;
  column: number;
}

/** How a connection is made, gated or not. */
type ConnectionOptions = Omit<GatedResidualOptions, "gate" | "kind"> & { kind: AdapterKind };

function connect(
  tape: Tape,
  residual: Value,
  branch: Value,
  gates: Gates | undefined,
  options: ConnectionOptions,
): Value {
  const { gpu } = tape;
  const { form, params, shared, divide } = connectionOf(branch, gates, options);
  const y = gpu.empty(branch.shape, residual.tensor.dtype);
  const { teams, blocks } = divide(FORWARD_ROWS);
  gpu.run("gated_residual_forward", { ...form, ...teams }, {
    bind: { residual: residual.tensor, branch: branch.tensor, y, ...shared },
    params,
    grid: foldGrid(blocks),
  });
  const inputs = gates ? [residual, branch, gates.modulation] : [residual, branch];
  const saved = [...(gates ? [branch.tensor] : []), ...Object.values(shared)];
  return tape.record(y, inputs, saved, (dy) => {
    branchBackward(gpu, branch, gates, options, dy);
    // Last, since the gradient may from now on be added to.
    residual.giveGrad(gpu, dy);
  });
}

/** Adds the gradients of branch and gates of a connection, whose result has the gradient `dy`. */
export function branchBackward(
  gpu: Gpu,
  branch: Value,
  gates: Gates | undefined,
  options: ConnectionOptions,
  dy: Tensor,
): void {
  const [, hidden = 1] = branch.shape;
  const { form, params, shared, divide } = connectionOf(branch, gates, options);
  const { teams, blocks } = divide(BACKWARD_ROWS);
  // Sums over a team's rows of what makes the gradient of the gates.
  using partials = gates && gpu.empty([blocks * teams.ROWS, hidden]);
  const run = (accumulate: boolean, dbranch?: Tensor) =>
    gpu.run("gated_residual_backward", {
      ...form,
      ...teams,
      DBRANCH: Number(dbranch !== undefined),
      ACCUMULATE: Number(accumulate),
    }, {
      bind: {
        dy,
        ...(partials && { branch: branch.tensor, partials }),
        ...(dbranch && { dbranch }),
        ...shared,
      },
      params,
      grid: foldGrid(blocks),
    });
  if (branch.needsGrad) branch.addGrad(gpu, (dbranch, accumulate) => run(accumulate, dbranch));
  else if (gates) run(false);
  if (gates && partials) {
    const { modulation, column } = gates;
    const { kind } = options;
    addModulationGrad(gpu, modulation, { partials, start: 0, width: hidden, column, kind });
  }
}

/** What the kernels of both passes are given, and how they divide the rows. */
function connectionOf(
  branch: Value,
  gates: Gates | undefined,
  { length, dropout, kind }: ConnectionOptions,
) {
  const [rows = 1, hidden = 1] = branch.shape;
  const samples = rows / length;
  const stride = gates?.modulation.shape[1] ?? 1;
  const VEC = gates ? vectorWidth(hidden, stride, gates.column) : vectorWidth(hidden);
  const drawn = dropoutArgs(dropout);
  return {
    form: { VEC, ...drawn.form, GATE: Number(gates !== undefined) },
    params: {
      samples,
      length,
      hidden: hidden / VEC,
      ...(gates && { modulation_stride: stride / VEC, gate: gates.column / VEC }),
      ...drawn.params,
    },
    shared: {
      ...(gates && { modulation: gates.modulation.tensor }),
      ...drawn.bind,
    },
    divide(rows: Record<AdapterKind, number>) {
      const teams = rowTeams(kind, length, rows[kind]);
      return { teams, blocks: samples * Math.ceil(length / (teams.ROWS * teams.PER)) };
    },
  };
}
