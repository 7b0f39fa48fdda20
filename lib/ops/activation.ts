/**
 * Activations: functions of each number by itself.
 *
 * @module
 */

import { vectorwise } from "./elementwise.ts";
import type { Tape, Value } from "./tape.ts";

/** The constant FORM of the kernels. */
const FORMS = { silu: 0, gelu: 1, geluErf: 2 } as const;

/**
 * `y = x/2 · (1 + tanh(√(2/π)·(x + 0.044715 x³)))`, any shape: GELU in its tanh form, as the
 * MLPs of the blocks use it (`nn.GELU(approximate="tanh")`). Saves x for backward.
 */
export function gelu(tape: Tape, x: Value): Value {
  return activation(tape, x, "gelu");
}

/**
 * `y = x · Φ(x)` with the normal distribution function Φ, any shape: GELU in its exact form, as
 * the learnable loss weighting uses it (`nn.GELU()`). Saves x for backward.
 */
export function geluErf(tape: Tape, x: Value): Value {
  return activation(tape, x, "geluErf");
}

/**
 * `y = x · sigmoid(x)`, any shape: the activation of the time embedders (`nn.SiLU`). Saves x for
 * backward.
 */
export function silu(tape: Tape, x: Value): Value {
  return activation(tape, x, "silu");
}

function activation(tape: Tape, x: Value, form: keyof typeof FORMS): Value {
  const { gpu } = tape;
  const { constants, count, grid } = vectorwise(gpu.kind, x.tensor.size);
  const FORM = FORMS[form];
  const y = gpu.empty(x.shape, x.tensor.dtype);
  const work = { params: { count }, grid };
  gpu.run("activation_forward", { FORM, ...constants }, { bind: { x: x.tensor, y }, ...work });
  return tape.record(y, [x], [x.tensor], (dy) => {
    x.addGrad(gpu, (dx, accumulate) => {
      const ACCUMULATE = Number(accumulate);
      const bind = { x: x.tensor, dy, dx };
      gpu.run("activation_backward", { FORM, ...constants, ACCUMULATE }, { bind, ...work });
    });
  });
}
