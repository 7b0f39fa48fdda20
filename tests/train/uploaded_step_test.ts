/**
 * Tests of which tokens count in a step.
 *
 * @module
 */

import { assertAlmostEquals, assertEquals } from "@std/assert";
import { TrainingBatches } from "../../lib/data/batches/batches.ts";
import { memoryBlocks } from "../../lib/data/shards/blocks.ts";
import { GammaSchedule } from "../../lib/flow/schedule.ts";
import { flmObjective } from "../../lib/methods/flm/objective.ts";
import { Dit } from "../../lib/model/dit.ts";
import { initialise } from "../../lib/model/initialise.ts";
import { Tape } from "../../lib/ops/tape.ts";
import { objectiveLoss } from "../../lib/train/objective_loss.ts";
import { Trainer } from "../../lib/train/trainer.ts";
import { gpuTest } from "../testing/gpu.ts";
import { TINY, TINY_OPTIM } from "../testing/tiny_model.ts";

const PAD = 2;
const LENGTH = 5;
const TOKENS = new Uint32Array([
  ...[0, 7, 1, PAD, PAD],
  ...[0, 8, 9, 1, PAD],
  ...[0, 5, 6, 7, 1],
  ...[0, 1, PAD, PAD, PAD],
]);

for (const numMicroBatches of [1, 2]) {
  gpuTest(
    `Trainer leaves padding out of the mean (${numMicroBatches} micro-batches)`,
    async (gpu) => {
      using model = Dit.create(gpu, { ...TINY, length: LENGTH, vocabSize: 20 }, true);
      initialise(model, 1);
      const objectiveOf = (padId: number | null) =>
        flmObjective({
          model,
          schedule: new GammaSchedule(20),
          batches: new TrainingBatches(memoryBlocks(TOKENS, LENGTH), {
            seed: 1,
            batchSize: 4,
            padId,
          }),
          seed: 1,
          numMicroBatches,
        });
      const objective = objectiveOf(PAD);
      let [sum, count] = [0, 0];
      const means: number[] = [];
      {
        using step = objective.begin(0);
        assertEquals(step.numTokens, 3 + 4 + 5 + 2);
        for (let i = 0; i < numMicroBatches; i++) {
          using tape = new Tape(gpu, false);
          using loss = step.loss(tape, i);
          const losses = await gpu.read(loss.tensor);
          const mask = await gpu.read(step.mask(i)!);
          for (let at = 0; at < losses.length; at += LENGTH) {
            const kept = [...losses.subarray(at, at + LENGTH)].filter((_, j) => mask[at + j] === 1);
            const own = kept.reduce((a, v) => a + v, 0);
            [sum, count] = [sum + own, count + kept.length];
            means.push(own / kept.length);
          }
        }
        assertEquals(count, step.numTokens);
      }
      const { loss } = await objectiveLoss(gpu, objective, 1, LENGTH);
      assertAlmostEquals(loss, means.reduce((a, v) => a + v, 0) / means.length, 1e-6);
      using trainer = new Trainer({ model, objective, optim: TINY_OPTIM, numSteps: 10 });
      await trainer.recordStep();
      const [metrics] = await trainer.drain();
      assertAlmostEquals(metrics!.loss, sum / count, 1e-6);
      using whole = objectiveOf(null).begin(0);
      assertEquals([whole.numTokens, whole.mask(0)], [20, null]);
    },
  );
}
