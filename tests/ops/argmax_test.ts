import { assertEquals } from "@std/assert";
import { argmaxRows, NO_CLASS, voidRows } from "../../lib/ops/argmax.ts";
import { randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

for (const lanes of [8, 256]) {
  gpuTest(`argmaxRows() gives the lowest of the largest with ${lanes} lanes`, async (gpu) => {
    for (const [rows, columns] of [[4, 1], [5, 7], [3, 67], [4, 2049]] as const) {
      // Few distinct values, so that most maxima are shared; all below zero.
      const data = randomNumbers(rows * columns, columns).map((v) => Math.round(v * 3) - 9);
      using x = gpu.tensor(data, [rows, columns]);
      using y = gpu.zeros([rows + 2], "u32");
      argmaxRows(gpu, x, y, { rowStart: 1, lanes });
      const expected = Array.from({ length: rows }, (_, m) => {
        const row = [...data.subarray(m * columns, (m + 1) * columns)];
        return row.indexOf(Math.max(...row));
      });
      assertEquals([...await gpu.readU32(y)], [0, ...expected, 0], `${rows} x ${columns}`);
    }
  });

  gpuTest(
    `argmaxRows() gives no class where a number is not finite with ${lanes} lanes`,
    async (gpu) => {
      for (const columns of [1, 7, 301, 2049]) {
        const bad = [NaN, Infinity, -Infinity];
        const places = [0, columns >> 1, columns - 1];
        const rows = places.flatMap((at) => bad.map((value) => ({ at, value })));
        const data = new Float32Array((rows.length + 1) * columns).fill(-3.4e38);
        rows.forEach(({ at, value }, m) => data[m * columns + at] = value);
        using x = gpu.tensor(data, [rows.length + 1, columns]);
        using y = gpu.empty([rows.length + 1], "u32");
        argmaxRows(gpu, x, y, { lanes });
        assertEquals([...await gpu.readU32(y)], [
          ...rows.map(() => NO_CLASS),
          0,
        ], `${columns} columns`);
      }
    },
  );

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

gpuTest("voidRows() marks the rows in which a number is not finite, and no other", async (gpu) => {
  for (const columns of [1, 8, 13, 70]) {
    const rows = 73;
    const data = randomNumbers(rows * columns, columns);
    const expected = Uint32Array.from({ length: rows }, (_, m) => m);
    for (const [m, value] of [[0, NaN], [9, Infinity], [70, -Infinity], [72, NaN]] as const) {
      data[m * columns + (m * 5) % columns] = value;
      expected[m] = NO_CLASS;
    }
    data[5 * columns] = 3.4e38;
    using x = gpu.tensor(data, [rows, columns]);
    using y = gpu.tensor(Uint32Array.from({ length: rows }, (_, m) => m));
    voidRows(gpu, x, y);
    assertEquals(await gpu.readU32(y), expected, `${columns} columns`);
  }
});
