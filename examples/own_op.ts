/**
 * An operation of one's own, y = x·tanh(x): its kernels, its forward pass, its gradient, and a
 * check of both against plain numbers: `deno run -A examples/own_op.ts`.
 *
 * @module
 */

// deno-lint-ignore-file no-console
import { defineKernel, Gpu } from "@flm/flm/gpu";
import { elementwise, Tape, Value } from "@flm/flm/ops";

// Its entry point is that of all elementwise kernels: it calls element(i) for every i below count.
const HEADER = `
//# include elementwise

struct Params {
  count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;
`;
const forward = defineKernel(
  "gate_forward",
  `${HEADER}
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

fn element(i: u32) { y[i] = x[i] * tanh(x[i]); }`,
);
const backward = defineKernel(
  "gate_backward",
  `${HEADER}
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

fn element(i: u32) {
  let t = tanh(x[i]);
  var d = dy[i] * (t + x[i] * (1.0 - t * t));
//# if ACCUMULATE
  d += dx[i];
//# end
  dx[i] = d;
}`,
);

/** y = x·tanh(x), any shape. Saves x for backward. */
function gate(tape: Tape, x: Value): Value {
  const { gpu } = tape;
  const { constants, count, grid } = elementwise(gpu.kind, x.tensor.size);
  const work = { params: { count }, grid };
  const y = gpu.empty(x.shape);
  gpu.run(forward, constants, { bind: { x: x.tensor, y }, ...work });
  return tape.record(y, [x], [x.tensor], (dy) => {
    x.addGrad(gpu, (dx, accumulate) => {
      const ACCUMULATE = Number(accumulate);
      const bind = { x: x.tensor, dy, dx };
      gpu.run(backward, { ...constants, ACCUMULATE }, { bind, ...work });
    });
  });
}

using gpu = await Gpu.open();
const numbers = Float32Array.from({ length: 101 }, (_, i) => (i - 50) / 20);
using tape = new Tape(gpu, true);
using x = new Value(gpu.tensor(numbers), true);
using y = gate(tape, x);
tape.backward(y);

const exact = (x: number) => x * Math.tanh(x);
const slope = (x: number) => (exact(x + 1e-5) - exact(x - 1e-5)) / 2e-5;
const furthest = (found: Float32Array, expected: (x: number) => number) =>
  Math.max(...found.map((value, i) => Math.abs(value - expected(numbers[i]!))));
const errors = [
  furthest(await gpu.read(y.tensor), exact),
  furthest(await gpu.read(x.grad!), slope),
];
x.dropGrad();
console.log(`largest errors of output and gradient: ${errors.map((e) => e.toExponential(1))}`);
if (!errors.every((error) => error < 1e-5)) throw new Error("the gradient is wrong");
