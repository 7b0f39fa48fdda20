import { add } from "../../lib/ops/add.ts";
import { silu } from "../../lib/ops/silu.ts";
import { timestepEmbedding } from "../../lib/ops/timestep_embedding.ts";
import { SafetensorsFile } from "../../lib/io/safetensors.ts";
import { assertClose, checkOp } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

gpuTest("silu() equals x·σ(x) and its derivative", (gpu) =>
  checkOp(gpu, {
    inputs: { x: [5, 27] },
    inScale: 6,
    build: (tape, { x }) => silu(tape, x!),
    reference: ({ x }) => x!.map((v) => v / (1 + Math.exp(-v))),
  }));

gpuTest("silu() has no overflow at large negative and positive inputs", (gpu) =>
  checkOp(gpu, {
    inputs: { x: [4] },
    values: { x: new Float32Array([-1e4, -90, 90, 1e4]) },
    inScale: 1,
    build: (tape, { x }) => silu(tape, x!),
    reference: ({ x }) => x!.map((v) => v / (1 + Math.exp(-v))),
  }));

gpuTest("add() sums, also when one value is both operands", async (gpu) => {
  await checkOp(gpu, {
    inputs: { a: [3, 23], b: [3, 23] },
    build: (tape, { a, b }) => add(tape, a!, b!),
    reference: ({ a, b }) => a!.map((v, i) => v + b![i]!),
  });
  await checkOp(gpu, {
    inputs: { a: [3, 23] },
    build: (tape, { a }) => add(tape, a!, a!),
    reference: ({ a }) => a!.map((v) => 2 * v),
  });
});

gpuTest("timestepEmbedding() equals the reference's frequencies", async (gpu) => {
  for (const size of ["tiny", "odd"]) {
    using file = await SafetensorsFile.open(`tests/golden/${size}_dit_forward.safetensors`);
    using times = gpu.tensor(await file.read("t"));
    using features = timestepEmbedding(gpu, times, { features: 256 });
    assertClose(await gpu.read(features), await file.read("t_freq"), 1e-6, "features");
  }
});
