import { sumRows } from "../../lib/ops/sum_rows.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

for (const [rows, columns] of [[1, 3], [7, 65], [37, 1], [200, 28], [4099, 11]] as const) {
  gpuTest(`sumRows() adds to the column sums of a window of ${rows} x ${columns}`, async (gpu) => {
    const stride = columns + 5;
    const data = randomNumbers(3 + rows * stride, 1);
    const before = randomNumbers(columns + 2, 2);
    const expected = Float64Array.from(before);
    for (let m = 0; m < rows; m++) {
      for (let n = 0; n < columns; n++) expected[2 + n]! += data[3 + m * stride + n]!;
    }
    using x = gpu.tensor(data);
    using y = gpu.tensor(before);
    sumRows(gpu, {
      rows,
      columns,
      x: { view: x, start: 3, stride },
      y: { view: y, start: 2 },
      accumulate: true,
    });
    assertClose(await gpu.read(y), expected, 1e-6, "added sums");
    sumRows(gpu, { rows, columns, x: { view: x, start: 3, stride }, y: { view: y, start: 2 } });
    assertClose(
      (await gpu.read(y)).subarray(2),
      expected.subarray(2).map((v, i) => v - before[2 + i]!),
      1e-6,
      "sums",
    );
  });
}
