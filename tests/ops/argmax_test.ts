import { assertEquals } from "@std/assert";
import { argmaxRows } from "../../lib/ops/argmax.ts";
import { randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

for (const lanes of [8, 256]) {
  gpuTest(`argmaxRows() gives the lowest of the largest with ${lanes} lanes`, async (gpu) => {
    for (const [rows, cols] of [[4, 1], [5, 7], [3, 67], [4, 2049]] as const) {
      // Few distinct values, so that most maxima are shared; all below zero.
      const data = randomNumbers(rows * cols, cols).map((v) => Math.round(v * 3) - 9);
      using x = gpu.tensor(data, [rows, cols]);
      using y = gpu.zeros([rows + 2], "u32");
      argmaxRows(gpu, x, y, { rowStart: 1, lanes });
      const expected = Array.from({ length: rows }, (_, m) => {
        const row = [...data.subarray(m * cols, (m + 1) * cols)];
        return row.indexOf(Math.max(...row));
      });
      assertEquals([...await gpu.readU32(y)], [0, ...expected, 0], `${rows} x ${cols}`);
    }
  });

  gpuTest(`argmaxRows() finds a single peak at every column with ${lanes} lanes`, async (gpu) => {
    const size = 301;
    const data = new Float32Array(size * size);
    for (let i = 0; i < size; i++) data[i * size + i] = 1;
    using x = gpu.tensor(data, [size, size]);
    using y = gpu.empty([size], "u32");
    argmaxRows(gpu, x, y, { lanes });
    assertEquals([...await gpu.readU32(y)], Array.from({ length: size }, (_, i) => i));
  });
}
