/**
 * Parts of a computation whose inner values are not kept for backward but computed again there:
 * memory for time.
 *
 * @module
 */

import type { Tensor } from "../gpu/tensor.ts";
import { Tape, type Value } from "./tape.ts";

/**
 * Records a part of a computation, and gives a value of its own. It must do the same each time:
 * what is random in it is a function of counters, as dropout is.
 *
 * @param known In backward: a tensor of the result's shape, which may be given as the result in
 * place of computing it, where the gradient of what makes the result does not read it.
 */
export type RecordPart = (tape: Tape, known?: Tensor) => Value;

/**
 * `y = f(…)`, of which the tape keeps the inputs alone. Backward runs `f` again, on a tape of its
 * own, and hands the gradient of y on through that. Numbers and gradients are the same, to the bit,
 * as those of `f(tape)`: the same operations run in the same order, and a gradient that has several
 * sources is added up in the same order.
 *
 * @param inputs What `f` reads besides parameters: the values that it computes from, and tensors
 * that nobody else keeps until the gradient has run.
 * @param f Records the part on the tape that it is given.
 */
export function recomputed(
  tape: Tape,
  inputs: readonly (Value | Tensor)[],
  f: RecordPart,
): Value {
  if (!tape.training) return f(tape);
  const { gpu } = tape;
  const y = f(new Tape(gpu, true, false));
  const saved = inputs.map((input) => "tensor" in input ? input.tensor : input);
  return tape.record(y.tensor, [y], saved, (dy) => {
    using again = new Tape(gpu, true);
    const value = f(again, dy);
    value.giveGrad(gpu, dy);
    // The gradients read what they have saved, and not the result itself.
    value[Symbol.dispose]();
    again.backwardFromGrads();
  });
}
