import type { Tensor } from "../../lib/gpu/tensor.ts";
import { crossEntropyHead } from "../../lib/ops/cross_entropy.ts";
import { probabilityRows } from "../../lib/ops/head.ts";
import { oneHotRows } from "../../lib/ops/row_sources.ts";
import { sumOfTerms } from "../../lib/ops/row_terms.ts";
import { softCrossEntropyHead } from "../../lib/ops/soft_cross_entropy.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { assertClose, checkOp, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";
import { headOf, logitsOf, softmaxOf } from "../testing/head.ts";

const [M, V, H, LENGTH] = [6, 13, 5, 2];

for (const logitCap of [null, 2]) {
  for (const lanes of [1, 8, 256]) {
    for (const chunkBytes of [undefined, 4 * V * 4]) {
      const how = `cap ${logitCap}, ${lanes} lanes, chunks of ${chunkBytes ?? "all"} bytes`;
      gpuTest(
        `softCrossEntropyHead() equals the formula and its gradients: ${how}`,
        async (gpu) => {
          // Rows 0 to 3: a mixture of two models; rows 4 and 5: tokens.
          const other = { weight: randomNumbers(V * H, 31), bias: randomNumbers(V, 32) };
          const states = [randomNumbers(4 * H, 33), randomNumbers(4 * H, 34)];
          const lambda = new Float32Array([0.25, 0.75]);
          const ids = new Uint32Array([3, 12]);
          const mixed = states.map((each) => softmaxOf(logitsOf(each, other)));
          const target = Array.from({ length: M }, (_, m) =>
            Array.from({ length: V }, (_, v) => {
              if (m >= 4) return Number(ids[m - 4] === v);
              const share = lambda[Math.floor(m / LENGTH)]!;
              return share * mixed[0]![m]![v]! + (1 - share) * mixed[1]![m]![v]!;
            }));

          using weight = new Value(gpu.tensor(other.weight, [V, H]), false);
          using bias = new Value(gpu.tensor(other.bias), false);
          using first = gpu.tensor(states[0]!, [4, H]);
          using second = gpu.tensor(states[1]!, [4, H]);
          using tokens = gpu.tensor(ids);
          using shares = gpu.tensor(lambda);
          using rest = gpu.tensor(lambda.map((share) => 1 - share));
          using one = gpu.tensor(new Float32Array([1]));
          const rowsOf = (hidden: Tensor) => probabilityRows(gpu, hidden, headOf(weight, bias));
          const terms = [
            { source: rowsOf(first), scales: shares, rows: 4 },
            { source: rowsOf(second), scales: rest, rows: 4 },
            { source: oneHotRows(gpu, tokens), scales: one, firstRow: 4, rows: 2 },
          ];
          await checkOp(gpu, {
            inputs: { hidden: [M, H], weight: [V, H], bias: [V] },
            inScale: 2,
            gradBound: 2e-5,
            build: (tape, { hidden, weight, bias }) =>
              softCrossEntropyHead(
                tape,
                hidden!,
                headOf(weight!, bias!, logitCap),
                sumOfTerms(gpu, terms, LENGTH),
                { chunkBytes, lanes },
              ),
            reference: ({ hidden, weight, bias }) =>
              softmaxOf(logitsOf(hidden!, { weight: weight!, bias: bias! }, logitCap))
                .map((row, m) => row.reduce((sum, p, v) => sum - target[m]![v]! * Math.log(p), 0)),
          });
        },
      );
    }
  }
}

gpuTest("softCrossEntropyHead() to tokens equals crossEntropyHead()", async (gpu) => {
  using hidden = new Value(gpu.tensor(randomNumbers(M * H, 1), [M, H]), false);
  using weight = new Value(gpu.tensor(randomNumbers(V * H, 2), [V, H]), false);
  using bias = new Value(gpu.tensor(randomNumbers(V, 3)), false);
  using tokens = gpu.tensor(Uint32Array.from({ length: M }, (_, m) => (5 * m) % V));
  using tape = new Tape(gpu, false);
  const head = headOf(weight, bias, 3);
  using hard = crossEntropyHead(tape, hidden, head, tokens);
  using soft = softCrossEntropyHead(tape, hidden, head, oneHotRows(gpu, tokens));
  assertClose(await gpu.read(soft.tensor), await gpu.read(hard.tensor), 1e-6, "loss");
});
