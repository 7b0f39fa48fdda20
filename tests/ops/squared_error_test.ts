import { assert } from "@std/assert";
import { Gpu } from "../../lib/gpu/gpu.ts";
import type { Tensor } from "../../lib/gpu/tensor.ts";
import { probabilityRows } from "../../lib/ops/head.ts";
import { sumOfTerms } from "../../lib/ops/row_terms.ts";
import { squaredErrorHead, squaredErrorSoftmaxHead } from "../../lib/ops/squared_error.ts";
import { Value } from "../../lib/ops/tape.ts";
import type { RowSource } from "../../lib/ops/vocabulary.ts";
import { checkOp, randomNumbers, upstreamGradient } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";
import { headOf, logitsOf, softmaxOf } from "../testing/head.ts";
import { assertSplit, type HeadRun, runInStore } from "../testing/head_in_store.ts";

const [M, V, H, LENGTH] = [6, 13, 5, 2];
const SAMPLES = M / LENGTH;
const IN_SCALE = 2;

/** Numbers that the error's constant part is made from. */
const given = {
  states: randomNumbers(M * H, 31),
  weight: randomNumbers(V * H, 32),
  bias: randomNumbers(V, 33),
  termScales: randomNumbers(SAMPLES, 34),
  scales: randomNumbers(SAMPLES, 35),
  biasScales: randomNumbers(SAMPLES, 36),
  offset: randomNumbers(M * H, 37),
  // The differentiable weight, as the constant part sees it.
  own: randomNumbers(V * H, 38),
};

/** Runs `use` with the constant part on the GPU, one term: probabilities of another model. */
async function withConstant(
  gpu: Gpu,
  use: (parts: {
    constant: RowSource;
    scales: Tensor;
    biasScales: Tensor;
    offset: Tensor;
    upstream: Tensor;
  }) => Promise<void>,
): Promise<void> {
  using weight = new Value(gpu.tensor(given.weight, [V, H]), false);
  using bias = new Value(gpu.tensor(given.bias), false);
  using states = gpu.tensor(given.states, [M, H]);
  using termScales = gpu.tensor(given.termScales);
  using scales = gpu.tensor(given.scales);
  using biasScales = gpu.tensor(given.biasScales);
  using offset = gpu.tensor(given.offset, [M, H]);
  const source = probabilityRows(gpu, states, headOf(weight, bias));
  const constant = sumOfTerms(gpu, [{ source, scales: termScales }], LENGTH);
  using upstream = gpu.tensor(upstreamGradient(M));
  await use({ constant, scales, biasScales, offset, upstream });
}

const probabilities = softmaxOf(logitsOf(given.states, given));
const sampleOf = (m: number) => Math.floor(m / LENGTH);

/** Loss of every row whose error adds `prediction(m, v)` to the constant term. */
function losses(prediction: (m: number, v: number) => number): number[] {
  return probabilities.map((row, m) =>
    row.reduce((sum, p, v) => {
      const e = given.termScales[sampleOf(m)]! * p + prediction(m, v);
      return sum + e * e;
    }, 0)
  );
}

/** All rows in one chunk, and chunks of 4 rows; and when the gradient of the losses is known. */
const DIVISIONS = [undefined, 4 * V * 4].flatMap((bytes) =>
  [false, true].map((ahead) => [bytes, ahead] as const)
);

for (const lanes of [1, 8, 256]) {
  for (const [chunkBytes, ahead] of DIVISIONS) {
    const when = ahead ? "with the gradient known before" : "with the gradient in backward";
    const how = `${lanes} lanes, chunks of ${chunkBytes ?? "all"} bytes, ${when}`;
    gpuTest(
      `squaredErrorHead() equals the formula and its gradients: ${how}`,
      (gpu) =>
        withConstant(gpu, async ({ upstream, ...parts }) => {
          const offsetLogits = logitsOf(given.offset, {
            weight: given.own.map((v) => v * IN_SCALE),
            bias: new Float64Array(V),
          });
          const fixedBias = randomNumbers(V, 39);
          await checkOp(gpu, {
            inputs: { hidden: [M, H], weight: [V, H], bias: [V] },
            values: { weight: given.own, bias: fixedBias },
            inScale: IN_SCALE,
            gradBound: 2e-5,
            build: (tape, { hidden, weight, bias }) =>
              squaredErrorHead(
                tape,
                hidden!,
                headOf(weight!, bias!),
                {
                  ...parts,
                  length: LENGTH,
                  chunkBytes,
                  lanes,
                  lossGrads: ahead ? upstream : undefined,
                },
              ),
            reference: ({ hidden, weight, bias }) => {
              const logits = logitsOf(hidden!, { weight: weight!, bias: bias! });
              return losses((m, v) => {
                const scale = given.scales[sampleOf(m)]!;
                // Only the prediction's own share of the bias has a gradient.
                const restOfBias = (given.biasScales[sampleOf(m)]! - scale) * IN_SCALE *
                  fixedBias[v]!;
                return scale * logits[m]![v]! + offsetLogits[m]![v]! + restOfBias;
              });
            },
          });
        }),
    );

    for (const logitCap of [null, 2]) {
      const title = `cap ${logitCap}, ${how}`;
      gpuTest(
        `squaredErrorSoftmaxHead() equals the formula and its gradients: ${title}`,
        (gpu) =>
          withConstant(gpu, async ({ constant, scales, upstream }) => {
            await checkOp(gpu, {
              inputs: { hidden: [M, H], weight: [V, H], bias: [V] },
              inScale: IN_SCALE,
              gradBound: 2e-5,
              build: (tape, { hidden, weight, bias }) =>
                squaredErrorSoftmaxHead(
                  tape,
                  hidden!,
                  headOf(weight!, bias!, logitCap),
                  {
                    ...{ constant, scales, length: LENGTH, chunkBytes, lanes },
                    lossGrads: ahead ? upstream : undefined,
                  },
                ),
              reference: ({ hidden, weight, bias }) => {
                const p = softmaxOf(logitsOf(hidden!, { weight: weight!, bias: bias! }, logitCap));
                return losses((m, v) => given.scales[sampleOf(m)]! * p[m]![v]!);
              },
            });
          }),
      );
    }
  }
}

/** What becomes of a head in a parameter store. */
async function runHead(
  gpu: Gpu,
  kind: "linear" | "softmax",
  shape: readonly [number, number, number],
): Promise<HeadRun> {
  const [M, , H] = shape;
  const length = M / 2;
  using scales = gpu.tensor(randomNumbers(2, 5));
  using states = gpu.tensor(randomNumbers(M * H, 6), [M, H]);
  return await runInStore(gpu, shape, (tape, hidden, head) => {
    const source = probabilityRows(gpu, states, { ...head, logitCap: null });
    const constant = sumOfTerms(gpu, [{ source, scales }], length);
    const options = { constant, scales, length };
    return kind === "linear"
      ? squaredErrorHead(tape, hidden, head, { ...options, offset: states, biasScales: scales })
      : squaredErrorSoftmaxHead(tape, hidden, head, options);
  });
}

for (const kind of ["linear", "softmax"] as const) {
  gpuTest(`squared errors are the same when windows and chunks are split: ${kind}`, async (gpu) => {
    const whole = await runHead(gpu, kind, [38, 1201, 24]);
    using small = await Gpu.open({ maxBindingBytes: 1 << 16 });
    const split = await runHead(small, kind, [38, 1201, 24]);
    assertSplit(split, whole);
    // Chunks of 13 rows, three of them at once, and copies of the operands of products.
    assert(split.peak < 6 * (1 << 16) + 60 * 38 * 24, `peak ${split.peak} bytes`);
    await small.finish();
  });
}
