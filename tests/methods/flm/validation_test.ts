/**
 * The validation loss of an FLM.
 *
 * @module
 */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { memoryBlocks } from "../../../lib/data/shards/blocks.ts";
import { GammaSchedule } from "../../../lib/flow/schedule.ts";
import { drawTimes } from "../../../lib/flow/time_sampling.ts";
import { corruptedLoss } from "../../../lib/methods/flm/corrupted_loss.ts";
import { flmValidationLoss } from "../../../lib/methods/flm/validation.ts";
import { Stream } from "../../../lib/random/philox.ts";
import { gpuTest } from "../../testing/gpu.ts";
import { randomModel } from "../../testing/random_model.ts";
import { TINY } from "../../testing/tiny_model.ts";

/** Two whole batches of 5, and a last one of 3. */
const NUM_BLOCKS = 13;
const schedule = new GammaSchedule(TINY.vocabSize);
const tokens = Uint32Array.from({ length: NUM_BLOCKS * TINY.length }, (_, i) => (i * 7 + 3) % 11);
const blocks = memoryBlocks(tokens, TINY.length);
const OPTIONS = { schedule, blocks, batchSize: 5, numBatches: 3, seed: 4, padId: null };

gpuTest("flmValidationLoss() is the mean over the batches at their times", async (gpu) => {
  using model = randomModel(gpu, TINY, 1);
  const found = await flmValidationLoss({ ...OPTIONS, model });
  const sums: number[] = [];
  for (const [step, size] of [5, 5, 3].entries()) {
    const times = drawTimes({ seed: 4, step, stream: Stream.Evaluation }, size);
    const batch = tokens.slice(5 * step * TINY.length).subarray(0, size * TINY.length);
    const draw = { seed: 4, step, firstSample: 0, padId: null };
    const losses = await corruptedLoss(model, schedule, { tokens: batch, times, ...draw });
    sums.push(...losses.map(({ sum }) => sum));
  }
  const mean = sums.reduce((a, b) => a + b, 0) / NUM_BLOCKS / TINY.length;
  assertAlmostEquals(found.loss, mean, 1e-6);
  assertEquals(found.numSamples, NUM_BLOCKS);
});

gpuTest("flmValidationLoss() does not depend on how batches are cut up", async (gpu) => {
  using model = randomModel(gpu, TINY, 1);
  const whole = await flmValidationLoss({ ...OPTIONS, model });
  for (const microBatchSize of [1, 2, 4, 7]) {
    const found = await flmValidationLoss({ ...OPTIONS, model, microBatchSize });
    assertAlmostEquals(found.loss, whole.loss, 1e-6);
    assertAlmostEquals(found.standardError, whole.standardError, 1e-6);
    found.byTime.forEach((value, i) => assertAlmostEquals(value, whole.byTime[i]!, 1e-6));
    assertEquals(found.numSamples, NUM_BLOCKS);
  }
  const { loss } = await flmValidationLoss({ ...OPTIONS, model, batchSize: 2 });
  assert(Math.abs(loss - whole.loss) > 1e-4, "batches of another size are other ones");
});
