import { logitRows, probabilityRows } from "../../lib/ops/head.ts";
import { Value } from "../../lib/ops/tape.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";
import { headOf, logitsOf, softmaxOf } from "../testing/head.ts";

const [M, V, H] = [7, 23, 5];

for (const logitCap of [null, 0.75]) {
  gpuTest(
    `logitRows() and probabilityRows() write rows of a head, cap ${logitCap}`,
    async (gpu) => {
      const numbers = { weight: randomNumbers(V * H, 1), bias: randomNumbers(V, 2) };
      const states = randomNumbers(M * H, 3);
      using weight = new Value(gpu.tensor(numbers.weight, [V, H]), false);
      using bias = new Value(gpu.tensor(numbers.bias), false);
      using hidden = gpu.tensor(states, [M, H]);
      const head = headOf(weight, bias, logitCap);
      const read = async (source: ReturnType<typeof logitRows>) => {
        using target = gpu.empty([3, V]);
        source.write(target, 2, 0);
        return await gpu.read(target);
      };
      const rows = (of: number[][]) => of.slice(2, 5).flat();
      // The cap belongs to the softmax.
      const logits = rows(logitsOf(states, numbers));
      assertClose(await read(logitRows(gpu, hidden, head)), logits, 1e-6, "logits");
      const probabilities = rows(softmaxOf(logitsOf(states, numbers, logitCap)));
      assertClose(await read(probabilityRows(gpu, hidden, head)), probabilities, 1e-6, "softmax");
      // So does the temperature, after the cap; what is likely is cut last.
      const tempered = softmaxOf(
        logitsOf(states, numbers, logitCap).map((row) => row.map((z) => z / 0.5)),
      );
      const sharpened = (topP: number) =>
        read(probabilityRows(gpu, hidden, head, { temperature: 0.5, topP }));
      assertClose(await sharpened(1), rows(tempered), 1e-6, "temperature");
      const cut = tempered.map((row) => {
        const most = Math.max(...row);
        return row.map((p) => Number(p === most));
      });
      assertClose(await sharpened(1e-3), rows(cut), 1e-6, "top-p");
    },
  );
}

gpuTest("logitRows() writes parts of rows, without a bias too", async (gpu) => {
  const numbers = { weight: randomNumbers(V * H, 1), bias: new Float32Array(V) };
  const states = randomNumbers(M * H, 3);
  using weight = new Value(gpu.tensor(numbers.weight, [V, H]), false);
  using bias = new Value(gpu.tensor(randomNumbers(V, 2)), false);
  using hidden = gpu.tensor(states, [M, H]);
  using target = gpu.empty([2, 6]);
  const biased = headOf(weight, bias);
  for (const head of [{ ...biased, bias: undefined }, biased]) {
    if (head.bias !== undefined) numbers.bias.set(await gpu.read(bias.tensor));
    logitRows(gpu, hidden, head).write(target, 4, 13);
    const expected = logitsOf(states, numbers).slice(4, 6).flatMap((row) => row.slice(13, 19));
    assertClose(await gpu.read(target), expected, 1e-6, "logits");
  }
});
