import { assertThrows } from "@std/assert";
import { GpuError } from "../../lib/errors.ts";
import { applyLossWeighting, lossWeightingGrad } from "../../lib/ops/loss_weighting.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { assertClose, checkOp, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

for (const [B, L] of [[1, 1], [3, 7], [2, 75]] as const) {
  gpuTest(`applyLossWeighting() equals exp(-w) · loss + w for ${B} x ${L}`, (gpu) =>
    checkOp(gpu, {
      inputs: { loss: [B * L], w: [B, 1] },
      inScale: 3,
      build: (tape, { loss, w }) => applyLossWeighting(tape, loss!, w!, L),
      reference: ({ loss, w }) =>
        loss!.map((v, m) => {
          const weight = w![Math.floor(m / L)]!;
          return Math.exp(-weight) * v + weight;
        }),
    }));
}

gpuTest("lossWeightingGrad() is what applyLossWeighting() hands on to losses", async (gpu) => {
  const [dy, weights] = [randomNumbers(6, 1), randomNumbers(2, 2)];
  using upstream = gpu.tensor(dy);
  using w = new Value(gpu.tensor(weights), false);
  using dloss = lossWeightingGrad(gpu, w, upstream, 3);
  const expected = dy.map((each, m) => each * Math.exp(-weights[Math.floor(m / 3)]!));
  assertClose(await gpu.read(dloss), expected, 1e-6, "gradient");
  assertThrows(() => lossWeightingGrad(gpu, w, upstream, 2), GpuError, "2 loss weights");
});

gpuTest("applyLossWeighting() throws when the losses are not B sequences", (gpu) => {
  using tape = new Tape(gpu, false);
  using loss = new Value(gpu.zeros([7]), false);
  using w = new Value(gpu.zeros([2]), false);
  assertThrows(() => applyLossWeighting(tape, loss, w, 3), GpuError, "2 loss weights");
});
