import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { GpuError } from "../../lib/errors.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import type { DType } from "../../lib/gpu/tensor.ts";
import {
  chainsOf,
  copyNumbers,
  matrixMultiplyAdds,
  matrixPeakSize,
  multiplyAdds,
} from "../../lib/ops/peaks.ts";
import { f16Test, gpuTest } from "../testing/gpu.ts";

/** What becomes of numbers, by the equation. */
function expected(x: Float32Array, chains: number, steps: number, factor: number, term: number) {
  return x.map((value) => {
    let sum = 0;
    for (let c = 1; c <= chains; c++) {
      let own = c * value;
      for (let i = 0; i < steps; i++) own = factor * own + term;
      sum += own;
    }
    return sum;
  });
}

async function checkMultiplyAdds(usual: Gpu, dtype: DType, bound: number): Promise<void> {
  for (const kind of ["cpu", "gpu"] as const) {
    using gpu = await Gpu.open({ kind, backend: usual.backend });
    const x = Float32Array.from({ length: 4 * 263 }, (_, i) => Math.fround(i / 1024 - 0.5));
    using y = gpu.tensor(x, [x.length], dtype);
    const flops = multiplyAdds(gpu, y, { factor: 0.9375, term: 0.25, loops: 3 });
    assertEquals(flops, 2 * x.length * chainsOf(gpu) * 24);
    const wanted = expected(x, chainsOf(gpu), 24, 0.9375, 0.25);
    (await gpu.read(y)).forEach((value, i) => assertAlmostEquals(value, wanted[i]!, bound));
  }
}

gpuTest(
  "multiplyAdds() computes what it says, in f32",
  (gpu) => checkMultiplyAdds(gpu, "f32", 1e-5),
);

f16Test(
  "multiplyAdds() computes what it says, in f16",
  (gpu) => checkMultiplyAdds(gpu, "f16", 0.1),
);

gpuTest("multiplyAdds() refuses what is no number of vectors", (gpu) => {
  using y = gpu.zeros([6]);
  assertThrows(
    () => multiplyAdds(gpu, y, { factor: 1, term: 0, loops: 1 }),
    GpuError,
    "there are 6 of them",
  );
});

gpuTest(
  "matrixMultiplyAdds() adds up products of ones, where there are matrix units",
  async (gpu) => {
    if (gpu.matrixUnits === undefined) {
      assertThrows(() => matrixPeakSize(gpu, 1), GpuError, "no matrix units");
      return;
    }
    const { M, N, K } = gpu.matrixUnits;
    using y = gpu.zeros([matrixPeakSize(gpu, 3)]);
    const flops = matrixMultiplyAdds(gpu, y, 3, 2);
    assertEquals(flops, 3 * 4 * 2 * 4 * 16 * M * N * K);
    assertEquals(new Set(await gpu.read(y)), new Set([4 * 16 * K]));
  },
);

gpuTest("copyNumbers() copies every number, and gives the bytes", async (gpu) => {
  for (const size of [1, 1027, 4 * 2053]) {
    const numbers = Float32Array.from({ length: size }, (_, i) => Math.sin(i));
    using x = gpu.tensor(numbers);
    using y = gpu.zeros([size]);
    assertEquals(copyNumbers(gpu, x, y), 8 * size);
    assertEquals(await gpu.read(y), numbers);
  }
});

gpuTest("copyNumbers() refuses a place of another size", (gpu) => {
  using x = gpu.zeros([8]);
  using y = gpu.zeros([4]);
  assertThrows(() => copyNumbers(gpu, x, y), GpuError, "8 numbers to a place of 4");
});
