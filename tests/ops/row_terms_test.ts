import { assertEquals } from "@std/assert";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import type { Tensor } from "../../lib/gpu/tensor.ts";
import { denseTensor } from "../../lib/ops/embedding.ts";
import {
  addScaledRows,
  headRows,
  oneHotRows,
  type RowSource,
  sumTerms,
} from "../../lib/ops/row_terms.ts";
import { Value } from "../../lib/ops/tape.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { asParameter, logitRows, softmaxOf } from "../testing/head.ts";
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

/** A given matrix as a source of rows. */
function givenRows(gpu: Gpu, x: Tensor): RowSource {
  const dense = denseTensor(gpu, x);
  return {
    tensors: [x],
    writeRows: (target, rowStart) => dense.writeChunk(target, rowStart, 0),
  };
}

gpuTest("sumTerms() adds terms of some rows, chunk by chunk", async (gpu) => {
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
  for (const height of [1, 3, 5, 12]) {
    for (let rowStart = 0; rowStart < M; rowStart += height) {
      const rows = Math.min(height, M - rowStart);
      using target = gpu.tensor(new Float32Array(rows * V).fill(9), [rows, V]);
      const sum = terms.map(({ firstRow, rows }, i) => {
        const { x, scales } = tensors[i]!;
        return { source: givenRows(gpu, x), scales, firstRow, rows };
      });
      sumTerms(gpu, sum, { rowStart, rows }, length, target);
      const part = expected.subarray(rowStart * V, (rowStart + rows) * V);
      assertClose(await gpu.read(target), part, 1e-6, `${rows} rows from ${rowStart}`);
    }
  }
  for (const { x, scales } of tensors) {
    x.release();
    scales.release();
  }
});

gpuTest("headRows() writes logits or their softmax", async (gpu) => {
  const [M, V, H] = [5, 9, 4];
  const numbers = { weight: randomNumbers(V * H, 1), bias: randomNumbers(V, 2) };
  const states = randomNumbers(M * H, 3);
  using weight = new Value(gpu.tensor(numbers.weight, [V, H]), false);
  using bias = new Value(gpu.tensor(numbers.bias), false);
  using hidden = gpu.tensor(states, [M, H]);
  for (const logitCap of [null, 0.7]) {
    for (const softmax of [false, true]) {
      const source = headRows(gpu, hidden, asParameter("w", weight), asParameter("b", bias), {
        softmax,
        logitCap,
      });
      using target = gpu.empty([3, V]);
      source.writeRows(target, 2);
      const logits = logitRows(states, numbers, logitCap).slice(2);
      const expected = (softmax ? softmaxOf(logits) : logits).flat();
      assertClose(await gpu.read(target), expected, 1e-6, `softmax ${softmax}, cap ${logitCap}`);
    }
  }
});

gpuTest("oneHotRows() marks each row's token, and none beyond the columns", async (gpu) => {
  using tokens = gpu.tensor(new Uint32Array([1, 4, 0, 5, 2]));
  using target = gpu.tensor(new Float32Array(4 * 5).fill(7), [4, 5]);
  oneHotRows(gpu, tokens).writeRows(target, 1);
  // deno-fmt-ignore
  assertEquals([...await gpu.read(target)], [
    0, 0, 0, 0, 1,
    1, 0, 0, 0, 0,
    0, 0, 0, 0, 0,
    0, 0, 1, 0, 0,
  ]);
});
