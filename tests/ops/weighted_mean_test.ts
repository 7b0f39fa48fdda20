import { assertThrows } from "@std/assert";
import { GpuError } from "../../lib/errors.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { weightedMean, weightedMeanGrad } from "../../lib/ops/weighted_mean.ts";
import { assertClose, checkOp } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

gpuTest(
  "weightedMean() equals the sum over the total when all tokens count",
  (gpu) =>
    checkOp(gpu, {
      inputs: { loss: [2, 65] },
      build: (tape, { loss }) => weightedMean(tape, loss!, null, 300),
      reference: ({ loss }) => [loss!.reduce((sum, v) => sum + v, 0) / 300],
    }),
);

gpuTest("weightedMean() leaves out tokens that the mask excludes", async (gpu) => {
  const mask = Float32Array.from({ length: 131 }, (_, i) => Number(i % 3 > 0));
  using maskTensor = gpu.tensor(mask);
  await checkOp(gpu, {
    inputs: { loss: [131] },
    build: (tape, { loss }) => weightedMean(tape, loss!, maskTensor, 87),
    reference: ({ loss }) => [loss!.reduce((sum, v, i) => sum + v * mask[i]!, 0) / 87],
  });
});

gpuTest("weightedMeanGrad() is what weightedMean() hands on", async (gpu) => {
  const mask = Float32Array.from({ length: 131 }, (_, i) => Number(i % 3 > 0));
  using maskTensor = gpu.tensor(mask);
  using seed = gpu.tensor(new Float32Array([5, 7]));
  using all = weightedMeanGrad(gpu, { count: 67, mask: null, total: 80 }, seed);
  assertClose(await gpu.read(all), new Float64Array(67).fill(5 / 80), 1e-6, "all");
  using some = weightedMeanGrad(gpu, { count: 131, mask: maskTensor, total: 80 }, seed);
  assertClose(await gpu.read(some), mask.map((each) => each * 5 / 80), 1e-6, "some");
});

gpuTest("weightedMean() throws when nothing counts or the mask does not fit", (gpu) => {
  using tape = new Tape(gpu, false);
  using loss = new Value(gpu.zeros([3]), false);
  using mask = gpu.zeros([2]);
  assertThrows(() => weightedMean(tape, loss, null, 0), GpuError, "0 tokens");
  assertThrows(() => weightedMean(tape, loss, mask, 1), GpuError, "mask of 2 tokens");
});
