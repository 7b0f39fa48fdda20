/**
 * The sum of two values.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import { vectorwise } from "./elementwise.ts";
import { addInto, type Tape, type Value } from "./tape.ts";

/**
 * `y = a + b`, element by element, of a's shape and type. Saves nothing for backward.
 *
 * @throws {GpuError} if the sizes differ.
 */
export function add(tape: Tape, a: Value, b: Value): Value {
  const { gpu } = tape;
  if (a.tensor.size !== b.tensor.size) {
    throw new GpuError(`Cannot add values of shapes [${a.shape}] and [${b.shape}].`);
  }
  const { constants, count, grid } = vectorwise(gpu.kind, a.tensor.size);
  const y = gpu.empty(a.shape, a.tensor.dtype);
  gpu.run("add", constants, {
    bind: { a: a.tensor, b: b.tensor, y },
    params: { count },
    grid,
  });
  return tape.record(y, [a, b], [], (dy) => {
    // Only one of the two may take dy itself.
    a.addGrad(gpu, (da, accumulate) => accumulate ? addInto(gpu, da, dy) : gpu.copy(dy, da));
    b.giveGrad(gpu, dy);
  });
}
