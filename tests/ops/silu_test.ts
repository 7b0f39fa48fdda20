import { silu } from "../../lib/ops/silu.ts";
import { checkOp } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

for (const shape of [[5, 27], [2, 20, 16]]) {
  gpuTest(`silu() equals x·sigmoid(x) and its derivative, shape [${shape}]`, (gpu) =>
    checkOp(gpu, {
      inputs: { x: shape },
      inScale: 6,
      build: (tape, { x }) => silu(tape, x!),
      reference: ({ x }) => x!.map((v) => v / (1 + Math.exp(-v))),
    }));
}

gpuTest("silu() has no overflow at large negative and positive inputs", (gpu) =>
  checkOp(gpu, {
    inputs: { x: [4] },
    values: { x: new Float32Array([-1e4, -90, 90, 1e4]) },
    inScale: 1,
    build: (tape, { x }) => silu(tape, x!),
    reference: ({ x }) => x!.map((v) => v / (1 + Math.exp(-v))),
  }));
