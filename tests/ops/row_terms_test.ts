import { assertEquals } from "@std/assert";
import { oneHotRows, tensorRows } from "../../lib/ops/row_sources.ts";
import { addScaledRows, sumOfTerms } from "../../lib/ops/row_terms.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

for (const columns of [5, 12]) {
  gpuTest(`addScaledRows() scales rows by their samples: ${columns} columns`, async (gpu) => {
    const [rows, rowStart, length, yRow] = [700, 4, 3, 2];
    const data = randomNumbers(rows * columns, 1);
    const before = randomNumbers((rows + 5) * columns, 2);
    const factors = randomNumbers(Math.ceil((rowStart + rows) / length), 3);
    using x = gpu.tensor(data, [rows, columns]);
    using scales = gpu.tensor(factors);
    for (const accumulate of [true, false]) {
      using y = gpu.tensor(before, [rows + 5, columns]);
      addScaledRows(gpu, { x, scales, length, rowStart, y, yRow, accumulate });
      const expected = Float64Array.from(before);
      data.forEach((value, i) => {
        const term = factors[Math.floor((rowStart + Math.floor(i / columns)) / length)]! * value;
        const at = yRow * columns + i;
        expected[at] = accumulate ? expected[at]! + term : term;
      });
      assertClose(await gpu.read(y), expected, 1e-7, `accumulate ${accumulate}`);
    }
  });
}

gpuTest("sumOfTerms() writes sums of terms of some rows, chunk by chunk", async (gpu) => {
  const [M, V, length] = [12, 7, 2];
  const terms = [
    { firstRow: 0, rows: 4 },
    { firstRow: 4, rows: 6 },
    { firstRow: 2, rows: 8 },
  ].map((place, i) => ({
    ...place,
    data: randomNumbers(place.rows * V, 10 + i),
    factors: randomNumbers(place.rows / length, 20 + i),
  }));
  const expected = new Float64Array(M * V);
  for (const { firstRow, data, factors } of terms) {
    data.forEach((value, i) => {
      expected[firstRow * V + i]! += factors[Math.floor(i / V / length)]! * value;
    });
  }
  const tensors = terms.map(({ data, factors, rows }) => ({
    x: gpu.tensor(data, [rows, V]),
    scales: gpu.tensor(factors),
  }));
  const sum = sumOfTerms(
    gpu,
    terms.map(({ firstRow, rows }, i) => {
      const { x, scales } = tensors[i]!;
      return { source: tensorRows(gpu, x), scales, firstRow, rows };
    }),
    length,
  );
  assertEquals(sum.wholeRows, false);
  assertEquals(sum.tensors.length, 6);
  for (const [height, columnStart, columns] of [[1, 0, V], [3, 2, 5], [5, 0, 4], [12, 0, V]]) {
    for (let rowStart = 0; rowStart < M; rowStart += height!) {
      const rows = Math.min(height!, M - rowStart);
      const before = new Float32Array(rows * columns!).fill(9);
      using target = gpu.tensor(before, [rows, columns!]);
      sum.write(target, rowStart, columnStart!);
      const part = Float64Array.from(
        { length: rows * columns! },
        (_, i) =>
          expected[(rowStart + Math.floor(i / columns!)) * V + columnStart! + i % columns!]!,
      );
      assertClose(await gpu.read(target), part, 1e-6, `${rows} rows from ${rowStart}`);
    }
  }
  for (const { x, scales } of tensors) {
    x.release();
    scales.release();
  }
});

gpuTest(
  "sumOfTerms() of nothing is 0, and with a term of whole rows has whole rows",
  async (gpu) => {
    using target = gpu.tensor(new Float32Array(6).fill(9), [2, 3]);
    sumOfTerms(gpu, [], 1).write(target, 0, 0);
    assertEquals([...await gpu.read(target)], [0, 0, 0, 0, 0, 0]);
    using tokens = gpu.tensor(new Uint32Array([1, 2]));
    using scales = gpu.tensor(new Float32Array([0.5, 3]));
    const sum = sumOfTerms(gpu, [{ source: oneHotRows(gpu, tokens), scales }], 1);
    assertEquals(sum.wholeRows, true);
    sum.write(target, 0, 0);
    assertEquals([...await gpu.read(target)], [0, 0.5, 0, 0, 0, 3]);
  },
);
