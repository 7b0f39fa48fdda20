/**
 * GELU in its tanh form, as the MLP of a DiT block uses it.
 *
 * @module
 */

import { foldGrid } from "../gpu/limits.ts";
import type { Tape, Value } from "./tape.ts";

const WORKGROUP = 64;

/**
 * `y = x/2 · (1 + tanh(√(2/π)·(x + 0.044715 x³)))`, any shape (`nn.GELU(approximate="tanh")`).
 *
 * Saves x for backward.
 */
export function gelu(tape: Tape, x: Value): Value {
  const { gpu } = tape;
  const count = x.tensor.size;
  const grid = foldGrid(Math.ceil(count / WORKGROUP));
  const y = gpu.empty(x.shape);
  gpu.run("gelu_forward", { WG: WORKGROUP }, {
    bind: { x: x.tensor, y },
    params: { count },
    grid,
  });
  return tape.record(y, [x], [x.tensor], (dy) => {
    x.addGrad(
      gpu,
      (dx, accumulate) =>
        gpu.run("gelu_backward", { WG: WORKGROUP, ACCUMULATE: Number(accumulate) }, {
          bind: { x: x.tensor, dy, dx },
          params: { count },
          grid,
        }),
    );
  });
}
