import { assert, assertEquals } from "@std/assert";
import { MAX_WORKGROUPS } from "../../lib/gpu/limits.ts";
import { elementwise, vectorwise } from "../../lib/ops/elementwise.ts";
import { scaleInto } from "../../lib/ops/scale.ts";
import { addInto, fill } from "../../lib/ops/tape.ts";
import { randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

Deno.test("elementwise() has workgroups for every element, in a grid that may be dispatched", () => {
  for (const kind of ["cpu", "gpu"] as const) {
    for (const count of [0, 1, 255, 256, 257, 70_000 * 256 + 5]) {
      const { constants: { WG, STEPS }, count: elements, grid } = elementwise(kind, count);
      assertEquals(elements, count);
      const groups = grid[0] * grid[1] * grid[2];
      assert(groups * WG * STEPS >= count && (groups - grid[1]) * WG * STEPS < Math.max(count, 1));
      assert(Math.max(...grid) <= MAX_WORKGROUPS);
    }
  }
});

Deno.test("vectorwise() takes vectors that do not cross the ends of rows", () => {
  for (const [size, columns, VEC] of [[12, 12, 4], [10, 10, 1], [24, 6, 1], [24, 8, 4]] as const) {
    const { constants, count } = vectorwise("cpu", size, columns);
    assertEquals([constants.VEC, count], [VEC, size / VEC]);
  }
});

for (const size of [1, 75, 76, 1021, 4 * 257]) {
  gpuTest(`elementwise kernels reach each of ${size} elements once`, async (gpu) => {
    const [a, b] = [randomNumbers(size, 1), randomNumbers(size, 2)];
    using x = gpu.tensor(a);
    using y = gpu.tensor(b);
    addInto(gpu, y, x);
    scaleInto(gpu, x, y, 0.5, true);
    const sum = b.map((v, i) => v + a[i]!);
    assertEquals(await gpu.read(y), sum.map((v, i) => v + 0.5 * a[i]!));
    fill(gpu, y, 3);
    assertEquals(await gpu.read(y), new Float32Array(size).fill(3));
  });
}
