/**
 * Multiplication by a constant.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { Tape, Value } from "./tape.ts";

const WORKGROUP = 64;

/** `y = factor · x`, any shape. Saves nothing for backward. */
export function scale(tape: Tape, x: Value, factor: number): Value {
  const { gpu } = tape;
  const y = gpu.empty(x.shape);
  scaleInto(gpu, x.tensor, y, factor, false);
  return tape.record(y, [x], [], (dy) => {
    x.addGrad(gpu, (dx, accumulate) => scaleInto(gpu, dy, dx, factor, accumulate));
  });
}

/** `y = factor · x`, or `y += factor · x` if `accumulate`. */
export function scaleInto(
  gpu: Gpu,
  x: Tensor,
  y: Tensor,
  factor: number,
  accumulate: boolean,
): void {
  gpu.run("scale", { WG: WORKGROUP, ACCUMULATE: Number(accumulate) }, {
    bind: { x, y },
    params: { count: x.size, factor },
    grid: foldGrid(Math.ceil(x.size / WORKGROUP)),
  });
}
