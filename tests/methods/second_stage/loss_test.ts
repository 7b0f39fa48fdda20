import { assert, assertEquals } from "@std/assert";
import type { Gpu } from "../../../lib/gpu/gpu.ts";
import { secondStageJumps, secondStageLoss } from "../../../lib/methods/second_stage/loss.ts";
import { corruptedRows } from "../../../lib/ops/corruption.ts";
import { assertClose } from "../../testing/check_op.ts";
import { gpuTest } from "../../testing/gpu.ts";
import {
  assertFewWideRows,
  lossAndGradients,
  randomDit,
  someIntervals,
  someTokens,
} from "../../testing/tiny_distillation.ts";

async function runStep(
  gpu: Gpu,
  options: { velocityEps?: number; vocabSize?: number; numSamples?: number; dropout?: number },
) {
  const { velocityEps = 0, vocabSize = 11, numSamples = 3, dropout = 0 } = options;
  const config = { vocabSize, dropout, logitCap: 20 };
  using teacher = randomDit(gpu, config, { seed: 1 });
  using flowMap = randomDit(gpu, { ...config, doubleTemb: true }, { seed: 2 });
  const ofStudent = { ...config, doubleTemb: true, learnableLossWeighting: true };
  using student = randomDit(gpu, ofStudent, { seed: 3, grads: true });
  const { length } = student.config;
  const intervals = someIntervals(vocabSize, numSamples);
  using jumps = secondStageJumps(gpu, intervals, velocityEps);
  using tokens = gpu.tensor(someTokens(vocabSize, numSamples * length));
  using gammas = gpu.tensor(new Float32Array(intervals.gammaStart));
  const draw = { key: [1, 2] as const, step: 3, firstSample: 0 };
  const corrupted = corruptedRows(gpu, { tokens, gammas, length, ...draw });
  const batch = { corrupted, jumps, dropout: draw };
  const models = { student, teacher, flowMap };
  return await lossAndGradients(student, (tape) => secondStageLoss(tape, models, batch));
}

gpuTest("secondStageLoss() without ε agrees with the reference's form", async (gpu) => {
  const exact = await runStep(gpu, {});
  const near = await runStep(gpu, { velocityEps: 1e-5 });
  assertClose(exact.losses, near.losses, 1e-4, "losses");
  for (const [name, gradient] of near.gradients) {
    assertClose(exact.gradients.get(name)!, gradient, 2e-4, `gradient of ${name}`);
    const isTrained = !name.startsWith("learnable_loss_weighting.");
    assertEquals(gradient.some((value) => value !== 0), isTrained, name);
  }
});

gpuTest(
  "secondStageLoss() is the same in windows and chunks, and holds few rows of V",
  (gpu) => assertFewWideRows(gpu, runStep),
);

gpuTest("secondStageLoss() drops numbers of the student", async (gpu) => {
  const { losses } = await runStep(gpu, { dropout: 0.3 });
  const without = await runStep(gpu, {});
  assert(losses.every((loss, i) => loss !== without.losses[i]));
  assertEquals((await runStep(gpu, { dropout: 0.3 })).losses, losses);
});
