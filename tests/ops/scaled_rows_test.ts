import { sumScaledRows } from "../../lib/ops/scaled_rows.ts";
import { checkOp, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

for (const columns of [5, 12]) {
  gpuTest(`sumScaledRows() equals its sum and its gradients, ${columns} columns`, async (gpu) => {
    const [samples, length] = [3, 7];
    const [first, second] = [randomNumbers(samples, 1), randomNumbers(samples, 2)];
    using a = gpu.tensor(first);
    using b = gpu.tensor(second);
    const sampleOf = (i: number) => Math.floor(i / columns / length);
    await checkOp(gpu, {
      inputs: { x: [samples * length, columns], y: [samples * length, columns] },
      build: (tape, { x, y }) =>
        sumScaledRows(tape, [{ x: x!, scales: a }, { x: y!, scales: b }], length),
      reference: ({ x, y }) =>
        x!.map((value, i) => first[sampleOf(i)]! * value + second[sampleOf(i)]! * y![i]!),
    });
  });
}
