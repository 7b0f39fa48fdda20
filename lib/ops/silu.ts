/**
 * SiLU, the activation of the time embedders.
 *
 * @module
 */

import { foldGrid } from "../gpu/limits.ts";
import { elementLanes } from "./lanes.ts";
import type { Tape, Value } from "./tape.ts";

/** `y = x · sigmoid(x)`, any shape (`nn.SiLU`). Saves x for backward. */
export function silu(tape: Tape, x: Value): Value {
  const { gpu } = tape;
  const { constants, count, groups } = elementLanes(gpu.kind, x.tensor.size);
  const y = gpu.empty(x.shape);
  gpu.run("silu_forward", constants, {
    bind: { x: x.tensor, y },
    params: { count },
    grid: foldGrid(groups),
  });
  return tape.record(
    y,
    [x],
    [x.tensor],
    (dy) =>
      x.addGrad(
        gpu,
        (dx, accumulate) =>
          gpu.run("silu_backward", { ...constants, ACCUMULATE: Number(accumulate) }, {
            bind: { x: x.tensor, dy, dx },
            params: { count },
            grid: foldGrid(groups),
          }),
      ),
  );
}
