import { assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ConfigError } from "../../lib/errors.ts";
import type { Objective } from "../../lib/train/objective.ts";
import { gradNoise, gradNoiseScale } from "../../lib/train/grad_noise.ts";
import type { StepMetrics } from "../../lib/train/trainer.ts";
import { gpuTest } from "../testing/gpu.ts";
import { randomSequences, recordSteps, tinyTrainer } from "../testing/tiny_model.ts";

Deno.test("gradNoise() is right on average, over all batches that there can be", () => {
  const gradients = [[1, 2], [3, -1], [0, 0.5]];
  const [numParts, perPart] = [2, 2];
  const batchSize = numParts * perPart;
  const mean = [4 / 3, 1.5 / 3];
  const squaredDistance = (a: number[], b: number[]) =>
    a.reduce((sum, each, i) => sum + (each - b[i]!) ** 2, 0);
  const numBatches = gradients.length ** batchSize;
  const sums = { gradVariance: 0, gradSquares: 0 };
  for (let batch = 0; batch < numBatches; batch++) {
    const drawn = Array.from(
      { length: batchSize },
      (_, i) => gradients[Math.floor(batch / gradients.length ** i) % gradients.length]!,
    );
    const sum = (blocks: number[][]) =>
      mean.map((_, i) => blocks.reduce((all, each) => all + each[i]!, 0) / batchSize);
    const parts = [drawn.slice(0, perPart), drawn.slice(perPart)].map(sum);
    const partSquares = parts.reduce((all, part) => all + squaredDistance(part, [0, 0]), 0);
    const gradNorm = Math.sqrt(squaredDistance(sum(drawn), [0, 0]));
    const noise = gradNoise({ partSquares, gradNorm, numParts, batchSize });
    sums.gradVariance += noise.gradVariance / numBatches;
    sums.gradSquares += noise.gradSquares / numBatches;
  }
  const variance = gradients.reduce((all, each) => all + squaredDistance(each, mean), 0) / 3;
  assertAlmostEquals(sums.gradVariance, variance, 1e-12);
  assertAlmostEquals(sums.gradSquares, squaredDistance(mean, [0, 0]), 1e-12);
});

Deno.test("gradNoiseScale() is infinite where the noise hides the gradient", () => {
  assertEquals(gradNoiseScale({ gradVariance: 6, gradSquares: 1.5 }), 4);
  assertEquals(gradNoiseScale({ gradVariance: 6, gradSquares: -1 }), Infinity);
});

/** An objective's step of one of its micro-batches alone, as a part of the whole batch. */
function onePart(objective: Objective, part: number): Objective {
  return {
    numMicroBatches: 1,
    tokensPerStep: objective.tokensPerStep / objective.numMicroBatches,
    begin(step) {
      const whole = objective.begin(step);
      return {
        numTokens: whole.numTokens,
        mask: () => whole.mask(part),
        loss: (tape, _, lossGrads) => whole.loss(tape, part, lossGrads),
        [Symbol.dispose]: () => whole[Symbol.dispose](),
      };
    },
  };
}

gpuTest("Trainer measures the noise of gradients by those of the micro-batches", async (gpu) => {
  const tokens = randomSequences(20);
  const options = { batchSize: 6, numMicroBatches: 3 };
  const first = async (more: Partial<Parameters<typeof tinyTrainer>[2]>): Promise<StepMetrics> => {
    using training = tinyTrainer(gpu, tokens, { ...options, ...more });
    return (await recordSteps(training, 1))[0]!;
  };
  let partSquares = 0;
  for (let part = 0; part < 3; part++) {
    const { gradNorm } = await first({ change: (objective) => onePart(objective, part) });
    partSquares += gradNorm ** 2;
  }
  const { gradNoise: measured, ...others } = await first({ measuresNoise: true });
  assertEquals(others, await first({}), "measuring changes nothing");
  const { gradNorm } = others;
  const expected = gradNoise({ partSquares, gradNorm, numParts: 3, batchSize: 6 });
  assertAlmostEquals(measured!.gradVariance / expected.gradVariance, 1, 1e-4);
  assertAlmostEquals(measured!.gradSquares / expected.gradSquares, 1, 1e-3);
  if (!gpu.hasF16) return;
  const { gradNoise: scaled } = await first({ measuresNoise: true, precision: "mixed" });
  assertAlmostEquals(scaled!.gradVariance / expected.gradVariance, 1, 2e-2);
});

gpuTest("Trainer says so if the noise of gradients cannot be measured", async (gpu) => {
  const tokens = randomSequences(20);
  const options = { batchSize: 6, measuresNoise: true };
  assertThrows(
    () => tinyTrainer(gpu, tokens, { ...options, numMicroBatches: 1 }),
    ConfigError,
    "train.gradNoiseScale: expected a batch in two parts at least",
  );
  const config = { vocabSize: 39 };
  using training = tinyTrainer(gpu, randomSequences(20, { length: 9, vocabSize: 39 }), {
    ...{ ...options, config, numMicroBatches: 2, noise: "projected" },
  });
  await assertRejects(
    () => training.trainer.recordStep(),
    ConfigError,
    "train.gradNoiseScale: expected false, since flow.noise projected",
  );
});
