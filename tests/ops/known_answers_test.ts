import { assert, assertEquals } from "@std/assert";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { chooseAttention } from "../../lib/ops/attention_choice.ts";
import { areRight, checkVariants, variantsOf } from "../../lib/ops/known_answers.ts";
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

gpuTest("areRight() compares the kernels that a product is computed by", async (usual) => {
  using gpu = await Gpu.open({ kind: "gpu", backend: usual.backend });
  // A driver that loses the work of a kernel that reads numbers one by one, or adds up parts.
  const run = gpu.run.bind(gpu);
  Object.defineProperty(gpu, "run", {
    value: ((kernel, constants, call) => {
      const { VEC, SPLIT } = constants as { VEC?: number; SPLIT?: number };
      if (kernel === "matmul_tiled" && (VEC === 1 || SPLIT === 1)) return;
      run(kernel, constants, call);
    }) as typeof gpu.run,
  });
  const stored = (stride: number, transposed = false) => ({
    ...{ start: 0, stride, transposed },
    dtype: "f32" as const,
  });
  const ways = [{ variant: "tile32x32" }, { variant: "tile32x32", split: 2 }] as const;
  const check = (M: number, N: number, K: number, padding = 0) =>
    areRight(
      gpu,
      { M, N, K, a: stored(M, true), b: stored(N), c: stored(N + padding), bias: false },
      ways,
    );
  assertEquals(await check(4096, 4000, 8), [true, false]);
  assertEquals(await check(64, 64, 4096), [true, false]);
  // Rows of results that are apart are never made in parts.
  assertEquals(await check(64, 64, 4096, 64), [true, true]);
  assertEquals(await check(64, 33, 20), [false, false]);
  assertEquals(await check(64, 64, 20, 1), [false, false]);
});
