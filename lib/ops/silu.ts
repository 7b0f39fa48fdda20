/**
 * SiLU, the activation of the time embedding.
 *
 * @module
 */

import { foldGrid } from "../gpu/limits.ts";
import type { Tape, Value } from "./tape.ts";

const WORKGROUP = 64;

/** `y = x · σ(x)`, any shape. Saves x for backward. */
export function silu(tape: Tape, x: Value): Value {
  const { gpu } = tape;
  const count = x.tensor.size;
  const grid = foldGrid(Math.ceil(count / WORKGROUP));
  const y = gpu.empty(x.shape);
  gpu.run("silu_forward", { WG: WORKGROUP }, {
    bind: { x: x.tensor, y },
    params: { count },
    grid,
  });
  return tape.record(y, [x], [x.tensor], (dy) => {
    x.addGrad(
      gpu,
      (dx, accumulate) =>
        gpu.run("silu_backward", { WG: WORKGROUP, ACCUMULATE: Number(accumulate) }, {
          bind: { x: x.tensor, dy, dx },
          params: { count },
          grid,
        }),
    );
  });
}
