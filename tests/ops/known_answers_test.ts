import { assert, assertEquals } from "@std/assert";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { chooseAttention } from "../../lib/ops/attention_choice.ts";
import { checkVariants, variantsOf } from "../../lib/ops/known_answers.ts";
import { gpuTest } from "../testing/gpu.ts";

gpuTest("checkVariants() finds all variants right, on either kind of adapter", async (usual) => {
  for (const kind of ["cpu", "gpu"] as const) {
    using gpu = await Gpu.open({ kind, backend: usual.backend });
    const answers = await checkVariants(gpu);
    const variants = [...variantsOf(gpu), ...(gpu.matrixUnits ? ["matrix attention"] : [])];
    assertEquals(answers.map(({ variant }) => variant), variants);
    for (const { variant, error, isRight } of answers) {
      assert(isRight, `${variant}: ${error}`);
      assert(!gpu.isRefused(variant));
    }
  }
});

gpuTest("checkVariants() has the device do without a variant that is wrong", async (usual) => {
  using gpu = await Gpu.open({ kind: "gpu", backend: usual.backend });
  // A driver that loses the work of one kernel.
  const run = gpu.run.bind(gpu);
  Object.defineProperty(gpu, "run", {
    value: ((kernel, constants, call) => {
      if ((constants as { WX?: number }).WX === 16) return;
      run(kernel, constants, call);
    }) as typeof gpu.run,
  });
  const wrong = (await checkVariants(gpu)).filter(({ isRight }) => !isRight);
  assertEquals(wrong.map(({ variant }) => variant), ["tile64x128", "tile128x128"]);
  assert(gpu.isRefused("tile128x128") && !gpu.isRefused("tile64x64"));
});

gpuTest("checkVariants() has attention do without matrix units that are wrong", async (usual) => {
  if (usual.matrixUnits === undefined) return;
  using gpu = await Gpu.open({ backend: usual.backend });
  const run = gpu.run.bind(gpu);
  Object.defineProperty(gpu, "run", {
    value: ((kernel, constants, call) => {
      if (kernel !== "attention_matrix_backward_kv") run(kernel, constants, call);
    }) as typeof gpu.run,
  });
  const wrong = (await checkVariants(gpu)).filter(({ isRight }) => !isRight);
  assertEquals(wrong.map(({ variant }) => variant), ["matrix attention"]);
  assertEquals(chooseAttention(gpu, "f16", 32), gpu.kind);
});
