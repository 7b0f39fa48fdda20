/**
 * The cross-entropy over a grid of times.
 *
 * @module
 */

import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { memoryBlocks } from "../../../lib/data/shards/blocks.ts";
import { FlmError } from "../../../lib/errors.ts";
import { GammaSchedule } from "../../../lib/flow/schedule.ts";
import type { Gpu } from "../../../lib/gpu/gpu.ts";
import { corruptedLoss } from "../../../lib/methods/flm/corrupted_loss.ts";
import { timeGridLoss, type TimeGridOptions } from "../../../lib/methods/flm/time_grid_loss.ts";
import type { Dit } from "../../../lib/model/dit.ts";
import { gpuTest } from "../../testing/gpu.ts";
import { randomModel } from "../../testing/random_model.ts";
import { TINY } from "../../testing/tiny_model.ts";
import { ranksInOneProcess } from "../../testing/two_ranks.ts";

const NUM_BLOCKS = 5;
const schedule = new GammaSchedule(TINY.vocabSize);
const tokens = Uint32Array.from({ length: NUM_BLOCKS * TINY.length }, (_, i) => (i * 7 + 3) % 11);

function options(model: Dit, changes: Partial<TimeGridOptions> = {}): TimeGridOptions {
  const blocks = memoryBlocks(tokens, TINY.length);
  return {
    ...{ model, schedule, blocks, numBlocks: 3, numTimes: 6, seed: 4, batchSize: 7 },
    ...changes,
  };
}

gpuTest("timeGridLoss() is the mean over every block at every time", async (gpu) => {
  using model = randomModel(gpu, TINY, 1);
  const found = await timeGridLoss(options(model));
  const blockMeans: number[] = [];
  const quarters = Array.from({ length: 4 }, (): number[] => []);
  for (let block = 0; block < 3; block++) {
    const means: number[] = [];
    for (let i = 0; i < 6; i++) {
      const time = Math.fround((i + 0.5) / 6);
      const [loss] = await corruptedLoss(model, schedule, {
        tokens: tokens.slice(block * TINY.length, (block + 1) * TINY.length),
        times: Float64Array.of(time),
        ...{ seed: 4, step: 0, firstSample: 6 * block + i, padId: null },
      });
      means.push(loss!.sum / TINY.length);
      quarters[Math.floor(4 * time)]!.push(loss!.sum / TINY.length);
    }
    blockMeans.push(mean(means));
  }
  assertAlmostEquals(found.loss, mean(blockMeans), 1e-5);
  const variance = blockMeans.reduce((sum, each) => sum + (each - mean(blockMeans)) ** 2, 0) / 2;
  assertAlmostEquals(found.standardError, Math.sqrt(variance / 3), 1e-5);
  found.byTime.forEach((value, i) => assertAlmostEquals(value, mean(quarters[i]!), 1e-5));
  assertEquals(found.numSamples, 3);
});

gpuTest("timeGridLoss() depends on data, seed and grid, not on the batches", async (gpu) => {
  using model = randomModel(gpu, TINY, 1);
  const reference = await timeGridLoss(options(model));
  for (const batchSize of [1, 5, 64]) {
    const { loss, standardError } = await timeGridLoss(options(model, { batchSize }));
    assertAlmostEquals(loss, reference.loss, 1e-6);
    assertAlmostEquals(standardError, reference.standardError, 1e-6);
  }
  for (const change of [{ seed: 5 }, { numTimes: 7 }, { numBlocks: 2 }]) {
    const { loss } = await timeGridLoss(options(model, change));
    assert(Math.abs(loss - reference.loss) > 1e-4, JSON.stringify(change));
  }
  // One block says nothing of how blocks differ.
  assertEquals((await timeGridLoss(options(model, { numBlocks: 1 }))).standardError, NaN);
  assertEquals(
    await timeGridLoss(options(model, { numBlocks: 99 })),
    await timeGridLoss(options(model, { numBlocks: NUM_BLOCKS })),
  );
});

gpuTest("timeGridLoss() is the same to the bit on every rank", async (gpu) => {
  using model = randomModel(gpu, TINY, 1);
  const alone = await timeGridLoss(options(model));
  const read: number[] = [];
  const blocks = memoryBlocks(tokens, TINY.length);
  const counted: TimeGridOptions["blocks"] = {
    ...{ numBlocks: blocks.numBlocks, length: blocks.length },
    read(block, ...to) {
      read.push(block);
      return blocks.read(block, ...to);
    },
  };
  const found = await Promise.all(
    ranksInOneProcess(2).map((ranks) => timeGridLoss(options(model, { blocks: counted, ranks }))),
  );
  assertEquals(found, [alone, alone]);
  assertEquals(read.length, 3 * 6);
});

gpuTest("timeGridLoss() does not count padding", async (gpu) => {
  using model = randomModel(gpu, TINY, 1);
  const padId = 3;
  const found = await timeGridLoss(options(model, { numBlocks: 1, numTimes: 1, padId }));
  const [whole] = await corruptedLoss(model, schedule, {
    ...{ tokens: tokens.slice(0, TINY.length), times: Float64Array.of(0.5) },
    ...{ seed: 4, step: 0, firstSample: 0, padId: null },
  });
  const [rest] = await corruptedLoss(model, schedule, {
    ...{ tokens: tokens.slice(0, TINY.length), times: Float64Array.of(0.5) },
    ...{ seed: 4, step: 0, firstSample: 0, padId },
  });
  assertEquals([whole!.count, rest!.count], [TINY.length, TINY.length - 1]);
  assert(rest!.sum < whole!.sum);
  assertEquals(found.loss, rest!.sum / rest!.count);
});

gpuTest("timeGridLoss() asks a denoiser flow map for its diagonal", async (gpu) => {
  using model = randomModel(gpu, { ...TINY, doubleTemb: true }, 1);
  using flm = withoutSecondTime(gpu, model);
  const before = await timeGridLoss(options(flm));
  const parameters = model.parameters.parameters.filter(({ name }) => name.includes("prime"));
  assert(parameters.length > 0);
  const different = await timeGridLoss(options(model));
  assert(Math.abs(different.loss - before.loss) > 1e-4, "the second time must count");
  for (const { name, shape } of parameters) {
    model.parameters.write(name, new Float32Array(shape.reduce((a, b) => a * b, 1)));
  }
  assertAlmostEquals((await timeGridLoss(options(model))).loss, before.loss, 1e-6);
});

gpuTest("timeGridLoss() tells how far it is and stops when it is told to", async (gpu) => {
  using model = randomModel(gpu, TINY, 1);
  const progress: [number, number][] = [];
  const stop = new AbortController();
  const measuring = timeGridLoss(options(model, {
    signal: stop.signal,
    onProgress(done, total) {
      progress.push([done, total]);
      if (done === 2) stop.abort(new FlmError("enough"));
    },
  }));
  await assertRejects(() => measuring, FlmError, "enough");
  assertEquals(progress, [[0, 3], [1, 3], [2, 3]]);
});

/** A model of one time with the weights that it has in common with a model of two. */
function withoutSecondTime(gpu: Gpu, model: Dit): Dit {
  const flm = randomModel(gpu, { ...model.config, doubleTemb: false }, 1);
  for (const { name } of flm.parameters.parameters) {
    const [from, to] = [model, flm].map(({ parameters }) => parameters.get(name).value.tensor);
    gpu.copy(from!, to!);
  }
  return flm;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
