import { assert, assertEquals } from "@std/assert";
import { orthogonalise } from "../../lib/ops/orthogonalise.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";
import { newtonSchulz, productOf, transposeOf } from "../testing/newton_schulz.ts";

for (const [rows, columns] of [[7, 5], [5, 19], [12, 12], [33, 64]] as const) {
  gpuTest(`orthogonalise() gives near-orthonormal ${rows} x ${columns} matrices`, async (gpu) => {
    const x = randomNumbers(rows * columns, rows);
    using tensor = gpu.tensor(x, [rows, columns]);
    using y = orthogonalise(gpu, tensor);
    assertEquals(y.shape, [rows, columns]);
    const found = await gpu.read(y);
    assertClose(found, newtonSchulz(x, rows, columns), 2e-4, "against float64");
    // Of its smaller Gram matrix the diagonal is near 1, and all eigenvalues are bounded by it.
    const turned = transposeOf(found, rows, columns);
    const small = Math.min(rows, columns);
    const gram = rows > columns
      ? productOf(turned, found, columns, rows, columns)
      : productOf(found, turned, rows, columns, rows);
    for (let i = 0; i < small; i++) {
      const own = gram[i * small + i]!;
      assert(own > 0.2 && own < 1.6, `${own}`);
    }
  });
}

gpuTest("orthogonalise() of zeros is zeros, and does not see a factor", async (gpu) => {
  using zeros = gpu.zeros([6, 4]);
  using still = orthogonalise(gpu, zeros);
  assertEquals([...await gpu.read(still)], Array(24).fill(0));
  const x = randomNumbers(24, 3);
  using one = gpu.tensor(x, [6, 4]);
  using thousand = gpu.tensor(x.map((value) => 1024 * value), [6, 4]);
  using a = orthogonalise(gpu, one);
  using b = orthogonalise(gpu, thousand);
  assertClose(await gpu.read(b), await gpu.read(a), 1e-5, "scaled");
});
