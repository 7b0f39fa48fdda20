/**
 * Training in mixed precision: how far it is from f32, what it does on overflow, and that a resume
 * changes no bit.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { GpuError } from "../../lib/errors.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { loadTensors, saveTensors } from "../../lib/model/named_tensors.ts";
import { SafetensorsFile } from "../../lib/safetensors/reader.ts";
import { LossScale } from "../../lib/train/loss_scale.ts";
import { isOverflow, isSound, type StepMetrics } from "../../lib/train/trainer.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { withFolder } from "../testing/folder.ts";
import { f16Test, gpuTest } from "../testing/gpu.ts";
import {
  randomSequences,
  readState,
  recordSteps,
  stateTensors,
  TINY,
  tinyTrainer,
  type TinyTraining,
} from "../testing/tiny_model.ts";

const TOKENS = randomSequences(20);

/** A training in mixed precision, with everything on that its network can have. */
function mixedTrainer(gpu: Gpu, precision: "f32" | "mixed" = "mixed"): TinyTraining {
  return tinyTrainer(gpu, TOKENS, {
    batchSize: 6,
    numMicroBatches: 2,
    config: { dropout: 0.1, learnableLossWeighting: true },
    precision,
  });
}

f16Test("Trainer in mixed precision stays close to f32 for twenty steps", async (gpu) => {
  using exact = mixedTrainer(gpu, "f32");
  using mixed = mixedTrainer(gpu);
  const [expected, actual] = [await recordSteps(exact, 20), await recordSteps(mixed, 20)];
  const column = (of: StepMetrics[], name: "loss" | "gradNorm") => of.map((step) => step[name]);
  assertClose(column(actual, "loss"), column(expected, "loss"), 1e-3, "losses");
  assertClose(column(actual, "gradNorm"), column(expected, "gradNorm"), 1e-2, "gradient norms");
  assertEquals(actual.map(({ lossScale }) => lossScale), Array(20).fill(2 ** 16));
  assertEquals(expected.map(({ lossScale }) => lossScale), Array(20).fill(undefined));
  const name = "blocks.1.mlp.0.weight";
  const weights = await exact.model.parameters.read(name);
  assertClose(await mixed.model.parameters.read(name), weights, 1e-2, name);
});

f16Test("Trainer in mixed precision learns with projected noise as in f32", async (gpu) => {
  // Five times as many tokens as the network is wide.
  const config = { vocabSize: 163 };
  const tokens = randomSequences(20, { ...TINY, ...config });
  const results = [];
  for (const precision of ["f32", "mixed"] as const) {
    using training = tinyTrainer(gpu, tokens, {
      ...{ batchSize: 6, numMicroBatches: 2, noise: "projected", precision, config },
    });
    const losses = (await recordSteps(training, 60)).map(({ loss }) => loss);
    const embedding = await training.model.parameters.read("vocab_embed.embedding");
    results.push({ losses, embedding });
  }
  const [exact, mixed] = [results[0]!, results[1]!];
  assertClose(mixed.losses, exact.losses, 1e-3, "losses");
  assertClose(mixed.embedding, exact.embedding, 2e-2, "embedding");
  const meanOf = (losses: number[]) => losses.reduce((sum, loss) => sum + loss) / losses.length;
  const [first, last] = [meanOf(mixed.losses.slice(0, 5)), meanOf(mixed.losses.slice(-20))];
  assert(last < 0.93 * first, `${first}, later ${last}`);
});

gpuTest(
  "Trainer in mixed precision gives the same bits when resumed",
  (gpu) =>
    withFolder(async (folder) => {
      const losses = (of: StepMetrics[]) => of.map(({ loss }) => loss);
      using whole = mixedTrainer(gpu);
      // An overflow on the way, so that the loss scale is not what it is at first.
      await recordSteps(whole, 3);
      gpu.write(whole.trainer.stateTensors.at(-1)!.windows[0]!.tensor, Float32Array.of(2 ** 24, 5));
      const before = await recordSteps(whole, 3);
      assert(before.some(isOverflow));
      const path = `${folder}/all.safetensors`;
      await saveTensors(gpu, path, stateTensors(whole));
      const expected = await recordSteps(whole, 6);
      using second = mixedTrainer(gpu);
      using file = await SafetensorsFile.open(path);
      await loadTensors(gpu, file, stateTensors(second), Infinity);
      second.trainer.resumeAt(6);
      assertEquals(losses(await recordSteps(second, 6)), losses(expected));
      assertEquals(await readState(second), await readState(whole));
    }),
);

f16Test("Trainer in mixed precision halves its loss scale until nothing overflows", async (gpu) => {
  using training = mixedTrainer(gpu);
  gpu.write(training.trainer.stateTensors.at(-1)!.windows[0]!.tensor, Float32Array.of(2 ** 24, 0));
  const name = "blocks.0.mlp.0.weight";
  const before = await training.model.parameters.read(name);
  const first = await recordSteps(training, 1);
  assert(isOverflow(first[0]!) && !isSound(first[0]!));
  assertEquals(await training.model.parameters.read(name), before);
  const later = await recordSteps(training, 12);
  const good = later.findIndex(isSound);
  assert(good > 0 && later.slice(good).every(isSound));
  assertEquals(
    later.map(({ lossScale }) => lossScale),
    later.map((_, i) => 2 ** (23 - Math.min(i, good))),
  );
});

gpuTest(
  "LossScale doubles after 2,000 good steps, halves after a bad one, and has ends",
  async (gpu) => {
    using scale = new LossScale(gpu);
    using good = gpu.tensor(Float32Array.of(1.5));
    const after = async (from: [number, number], norm: number) => {
      gpu.write(scale.state, Float32Array.from(from));
      gpu.write(good, Float32Array.of(norm));
      scale.update(good);
      return [...await gpu.read(scale.state)];
    };
    assertEquals([...await gpu.read(scale.state)], [65536, 0]);
    assertEquals(await after([65536, 0], 1.5), [65536, 1]);
    assertEquals(await after([65536, 1998], 1.5), [65536, 1999]);
    assertEquals(await after([65536, 1999], 1.5), [131072, 0]);
    assertEquals(await after([65536, 1999], NaN), [32768, 0]);
    assertEquals(await after([65536, 7], Infinity), [32768, 0]);
    assertEquals(await after([1, 7], Infinity), [1, 0]);
    assertEquals(await after([2 ** 24, 1999], 1), [2 ** 24, 0]);
  },
);

f16Test("LossScale.unscale() divides exactly", async (gpu) => {
  using training = mixedTrainer(gpu);
  const { segments } = training.model.parameters;
  const values = segments.map(({ grads }, i) => randomNumbers(grads!.size, i));
  for (const [i, { grads }] of segments.entries()) {
    gpu.write(grads!, values[i]!.map((value) => value * 2 ** 16));
  }
  using scale = new LossScale(gpu);
  scale.unscale(training.model.parameters);
  for (const [i, { grads }] of segments.entries()) assertEquals(await gpu.read(grads!), values[i]);
});

gpuTest("Gpu.empty() says what f16 needs where the adapter has none", (gpu) => {
  const has = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(gpu), "hasF16")!;
  Object.defineProperty(gpu, "hasF16", { value: false, configurable: true });
  try {
    assertThrows(() => gpu.empty([2], "f16"), GpuError, "no numbers of 16 bits (shader-f16)");
  } finally {
    Object.defineProperty(gpu, "hasF16", { ...has, configurable: true });
    delete (gpu as { hasF16?: unknown }).hasF16;
  }
});
