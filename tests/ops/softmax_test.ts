import { logSoftmaxRows, softmaxRows } from "../../lib/ops/softmax.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

/** log softmax of each row, in float64. */
function reference(x: ArrayLike<number>, columns: number): Float64Array {
  const result = Float64Array.from(x);
  for (let start = 0; start < x.length; start += columns) {
    const row = result.subarray(start, start + columns);
    const max = Math.max(...row);
    const sum = row.reduce((sum, v) => sum + Math.exp(v - max), 0);
    row.forEach((v, i) => row[i] = v - max - Math.log(sum));
  }
  return result;
}

for (const lanes of [1, 8, 256]) {
  for (const [rows, columns] of [[1, 1], [3, 7], [5, 65], [2, 2501]] as const) {
    const what = `${rows} x ${columns} with ${lanes} lanes`;
    gpuTest(`softmaxRows() and logSoftmaxRows() equal the formula for ${what}`, async (gpu) => {
      const data = randomNumbers(rows * columns, 3).map((v) => v * 20);
      const expected = reference(data, columns);
      using x = gpu.tensor(data, [rows, columns]);
      logSoftmaxRows(gpu, x, { lanes });
      assertClose(await gpu.read(x), expected, 2e-6, "log softmax");
      gpu.write(x, data);
      softmaxRows(gpu, x, { lanes });
      assertClose(await gpu.read(x), expected.map(Math.exp), 2e-6, "softmax");
      for (const temperature of [0.3, 2.5]) {
        gpu.write(x, data);
        softmaxRows(gpu, x, { lanes, temperature });
        const tempered = reference(data.map((v) => v / temperature), columns).map(Math.exp);
        assertClose(await gpu.read(x), tempered, 1e-5, `softmax at ${temperature}`);
      }
      const capped = data.map((v) => 5 * Math.tanh(v / 5));
      gpu.write(x, data);
      logSoftmaxRows(gpu, x, { lanes, cap: 5 });
      assertClose(await gpu.read(x), reference(capped, columns), 2e-6, "capped log softmax");
      gpu.write(x, data);
      softmaxRows(gpu, x, { lanes, cap: 5, temperature: 0.5 });
      const cold = reference(capped.map((v) => v / 0.5), columns).map(Math.exp);
      assertClose(await gpu.read(x), cold, 1e-5, "capped softmax at 0.5");
    });
  }

  gpuTest(`softmaxRows() bears any temperature with ${lanes} lanes`, async (gpu) => {
    const data = new Float32Array([30, 30, -30, 0.5, 0.25, 0]);
    using x = gpu.tensor(data, [2, 3]);
    softmaxRows(gpu, x, { lanes, temperature: Number.MIN_VALUE });
    assertClose(await gpu.read(x), [0.5, 0.5, 0, 1, 0, 0], 1e-6, "cold");
    gpu.write(x, data);
    softmaxRows(gpu, x, { lanes, temperature: Number.MAX_VALUE });
    assertClose(await gpu.read(x), new Array(6).fill(1 / 3), 1e-6, "hot");
  });

  gpuTest(`softmaxRows() is finite for logits of 1e4 with ${lanes} lanes`, async (gpu) => {
    const data = new Float32Array([1e4, 1e4, -1e4, -1e4, -1e4, -1e4]);
    using x = gpu.tensor(data, [2, 3]);
    softmaxRows(gpu, x, { lanes });
    assertClose(await gpu.read(x), [0.5, 0.5, 0, 1 / 3, 1 / 3, 1 / 3], 1e-6, "softmax");
  });
}
