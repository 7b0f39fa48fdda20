import { assertEquals } from "@std/assert";
import { sumInto } from "../../lib/ops/sum.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

gpuTest("sumInto() sums tensors of several slabs, masked, squared and rooted", async (gpu) => {
  const a = randomNumbers(9001, 1);
  const b = randomNumbers(3, 2);
  const mask = randomNumbers(9001, 3).map((v) => Number(v > 0));
  using x = gpu.tensor(a);
  using z = gpu.tensor(b);
  using m = gpu.tensor(mask);
  using y = gpu.zeros([1]);
  const total = (values: Iterable<number>) => [...values].reduce((sum, v) => sum + v, 0);

  const masked = total(a.map((v, i) => v * mask[i]!));
  const squares = total(a.map((v) => v * v)) + total(b.map((v) => v * v));
  for (const lanes of [8, 256]) {
    sumInto(gpu, [{ x, mask: m }], y, { scale: 0.5, lanes });
    assertClose(await gpu.read(y), [0.5 * masked], 1e-5, "masked");

    sumInto(gpu, [{ x }, { x: z }], y, { square: true, root: true, lanes });
    const norm = await gpu.read(y);
    assertClose(norm, [Math.sqrt(squares)], 1e-6, "norm");

    sumInto(gpu, [{ x }, { x: z }], y, { square: true, root: true, lanes });
    assertEquals(await gpu.read(y), norm, "the same in every run");
  }
});
