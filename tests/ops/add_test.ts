import { assertThrows } from "@std/assert";
import { GpuError } from "../../lib/errors.ts";
import { silu } from "../../lib/ops/activation.ts";
import { add } from "../../lib/ops/add.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { checkOp } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

gpuTest("add() sums, also when one value is both operands", async (gpu) => {
  await checkOp(gpu, {
    inputs: { a: [3, 23], b: [3, 23] },
    build: (tape, { a, b }) => add(tape, a!, b!),
    reference: ({ a, b }) => a!.map((v, i) => v + b![i]!),
  });
  await checkOp(gpu, {
    inputs: { a: [3, 24] },
    build: (tape, { a }) => add(tape, a!, a!),
    reference: ({ a }) => a!.map((v) => 2 * v),
  });
});

gpuTest("add() passes gradients to a value used elsewhere too", (gpu) =>
  checkOp(gpu, {
    inputs: { x: [2, 6] },
    build: (tape, { x }) => {
      using active = silu(tape, x!);
      using sum = add(tape, x!, active);
      return add(tape, sum, active);
    },
    reference: ({ x }) => x!.map((v) => v + 2 * v / (1 + Math.exp(-v))),
  }));

gpuTest("add() refuses values of other sizes", (gpu) => {
  using tape = new Tape(gpu, false);
  using a = new Value(gpu.zeros([2]), false);
  using b = new Value(gpu.zeros([3]), false);
  assertThrows(() => add(tape, a, b), GpuError, "[2] and [3]");
});
