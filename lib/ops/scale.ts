/**
 * Multiplication by a constant.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { vectorwise } from "./elementwise.ts";
import type { Tape, Value } from "./tape.ts";

/** `y = factor · x`, any shape. Saves nothing for backward. */
export function scale(tape: Tape, x: Value, factor: number): Value {
  const { gpu } = tape;
  const y = gpu.empty(x.shape, x.tensor.dtype);
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
  const { constants, count, grid } = vectorwise(gpu.kind, x.size);
  gpu.run("scale", { ...constants, ACCUMULATE: Number(accumulate) }, {
    bind: { x, y },
    params: { count, factor },
    grid,
  });
}
