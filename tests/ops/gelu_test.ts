import { gelu } from "../../lib/ops/gelu.ts";
import { checkOp } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

gpuTest("gelu() equals the tanh form and its derivative", (gpu) =>
  checkOp(gpu, {
    inputs: { x: [3, 43] },
    inScale: 4,
    build: (tape, { x }) => gelu(tape, x!),
    reference: ({ x }) =>
      x!.map((v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))),
  }));
