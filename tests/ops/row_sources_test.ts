import { assertEquals } from "@std/assert";
import { oneHotRows, tensorRows } from "../../lib/ops/row_sources.ts";
import { randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

gpuTest("tensorRows() copies rectangles of a matrix", async (gpu) => {
  const [M, V] = [41, 13];
  const data = randomNumbers(M * V, 1);
  using x = gpu.tensor(data, [M, V]);
  const source = tensorRows(gpu, x);
  assertEquals(source.tensors, [x]);
  for (const [rowStart, rows, columnStart, columns] of [[0, 41, 0, 13], [3, 37, 2, 9]] as const) {
    using target = gpu.empty([rows, columns]);
    source.write(target, rowStart, columnStart);
    const expected = Float32Array.from(
      { length: rows * columns },
      (_, i) => data[(rowStart + Math.floor(i / columns)) * V + columnStart + i % columns]!,
    );
    assertEquals(await gpu.read(target), expected);
  }
});

gpuTest("oneHotRows() marks each row's token, and none beyond the columns", async (gpu) => {
  using tokens = gpu.tensor(new Uint32Array([1, 4, 0, 5, 2]));
  using target = gpu.tensor(new Float32Array(4 * 5).fill(7), [4, 5]);
  oneHotRows(gpu, tokens).write(target, 1, 0);
  // deno-fmt-ignore
  assertEquals([...await gpu.read(target)], [
    0, 0, 0, 0, 1,
    1, 0, 0, 0, 0,
    0, 0, 0, 0, 0,
    0, 0, 1, 0, 0,
  ]);
});

gpuTest("tensorRows() copies rows as long as a vocabulary is", async (gpu) => {
  const [M, V] = [17, 50_258];
  const data = Float32Array.from({ length: M * V }, (_, i) => i + 1);
  using x = gpu.tensor(data, [M, V]);
  using target = gpu.empty([M, V]);
  tensorRows(gpu, x).write(target, 0, 0);
  const copied = await gpu.read(target);
  assertEquals(data.findIndex((value, i) => copied[i] !== value), -1);
});
