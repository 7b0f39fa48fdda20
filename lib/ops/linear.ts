/**
 * The linear layer.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { matmul } from "./matmul.ts";
import { sumRows } from "./sum_rows.ts";
import type { Tape, Value } from "./tape.ts";

/** Options of {@linkcode linear}. */
export interface LinearOptions {
  /** Whether the weight is stored [K, N], as `Conv1D` of GPT-2 has it; false unless told. */
  transposed?: boolean;
  /** Taken as the result, which then is not computed: see {@linkcode RecordPart}. */
  known?: Tensor | undefined;
}

/**
 * `y = x · Wᵀ + b` (`nn.Linear`): x [..., K], weight [N, K], bias [N], y [..., N] of x's type.
 *
 * Saves x and W for backward.
 *
 * @throws {GpuError} if the shapes do not fit.
 */
export function linear(
  tape: Tape,
  x: Value,
  weight: Value,
  bias?: Value,
  { transposed = false, known }: LinearOptions = {},
): Value {
  const { gpu } = tape;
  const [rows = 0, columns = 0] = weight.shape;
  const [N, K] = transposed ? [columns, rows] : [rows, columns];
  if (x.shape.at(-1) !== K || (bias !== undefined && bias.tensor.size !== N)) {
    throw new GpuError(
      `A linear layer of weight [${weight.shape}] cannot take x of shape [${x.shape}]` +
        (bias === undefined ? "." : ` with a bias of shape [${bias.shape}].`),
    );
  }
  const M = x.tensor.size / K;
  const { dtype } = x.tensor;
  const w = weight.operand(dtype);
  const y = known?.retain() ?? gpu.empty([...x.shape.slice(0, -1), N], dtype);
  if (known === undefined) {
    matmul(gpu, {
      M,
      N,
      K,
      a: { view: x.tensor, stride: K },
      b: { view: w, stride: columns, transposed: !transposed },
      c: { view: y, stride: N },
      ...(bias && { bias: { view: bias.tensor } }),
    });
  }
  const inputs = bias === undefined ? [x, weight] : [x, weight, bias];
  return tape.record(y, inputs, [x.tensor, w], (dy) => {
    x.addGrad(gpu, (dx, accumulate) =>
      matmul(gpu, {
        M,
        N: K,
        K: N,
        a: { view: dy, stride: N },
        b: { view: w, stride: columns, transposed },
        c: { view: dx, stride: K },
        accumulate,
      }));
    weight.addGrad(gpu, (dw, accumulate) =>
      matmul(gpu, {
        M: rows,
        N: columns,
        K: M,
        a: { view: transposed ? x.tensor : dy, stride: rows, transposed: true },
        b: { view: transposed ? dy : x.tensor, stride: columns },
        c: { view: dw, stride: columns },
        accumulate,
      }));
    bias?.addGrad(
      gpu,
      (db, accumulate) =>
        sumRows(gpu, { rows: M, columns: N, x: { view: dy }, y: { view: db }, accumulate }),
    );
  });
}
