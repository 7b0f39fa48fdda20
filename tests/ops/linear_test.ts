import { assertThrows } from "@std/assert";
import { GpuError } from "../../lib/errors.ts";
import { linear } from "../../lib/ops/linear.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { checkOp } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

/** x [M,K] · wᵀ + b for w [N,K]. */
function reference(x: Float64Array, w: Float64Array, N: number, b?: Float64Array) {
  const K = w.length / N;
  return Float64Array.from({ length: x.length / K * N }, (_, i) => {
    const m = Math.floor(i / N);
    const n = i % N;
    let sum = b?.[n] ?? 0;
    for (let k = 0; k < K; k++) sum += x[m * K + k]! * w[n * K + k]!;
    return sum;
  });
}

gpuTest("linear() equals x · Wᵀ + b and its gradients, leading axes kept", (gpu) =>
  checkOp(gpu, {
    inputs: { x: [2, 3, 5], w: [19, 5], b: [19] },
    build: (tape, { x, w, b }) => linear(tape, x!, w!, b!),
    reference: ({ x, w, b }) => reference(x!, w!, 19, b!),
  }));

gpuTest("linear() equals x · Wᵀ and its gradients when there is no bias", (gpu) =>
  checkOp(gpu, {
    inputs: { x: [11, 3], w: [2, 3] },
    build: (tape, { x, w }) => linear(tape, x!, w!),
    reference: ({ x, w }) => reference(x!, w!, 2),
  }));

gpuTest(
  "linear() with a transposed weight equals x · W + b and its gradients",
  (gpu) =>
    checkOp(gpu, {
      inputs: { x: [11, 5], w: [5, 19], b: [19] },
      build: (tape, { x, w, b }) => linear(tape, x!, w!, b!, { transposed: true }),
      reference: ({ x, w, b }) =>
        reference(x!, w!.map((_, i) => w![(i % 5) * 19 + Math.floor(i / 5)]!), 19, b!),
    }),
);

gpuTest("linear() throws when the shapes do not fit", (gpu) => {
  using tape = new Tape(gpu, false);
  using x = new Value(gpu.zeros([2, 3]), false);
  using w = new Value(gpu.zeros([4, 5]), false);
  assertThrows(() => linear(tape, x, w), GpuError, "weight [4,5]");
});
