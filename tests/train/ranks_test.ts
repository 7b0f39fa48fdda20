/**
 * Training with others: a step of two ranks is the step of one on the whole batch.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { TrainingBatches } from "../../lib/data/batches/batches.ts";
import { memoryBlocks } from "../../lib/data/shards/blocks.ts";
import { GammaSchedule } from "../../lib/flow/schedule.ts";
import type { TrainPrecision } from "../../lib/config/config.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { flmObjective } from "../../lib/methods/flm/objective.ts";
import { psdObjective } from "../../lib/methods/psd/objective.ts";
import { semigroupObjective } from "../../lib/methods/semigroup/objective.ts";
import { methodOf } from "../../lib/methods/table.ts";
import { Dit } from "../../lib/model/dit.ts";
import { initialise } from "../../lib/model/initialise.ts";
import type { ParameterStore } from "../../lib/model/parameters.ts";
import type { Objective, ObjectiveOptions } from "../../lib/train/objective.ts";
import { slicesFor } from "../../lib/train/optimizers.ts";
import { ONE_RANK, type Ranks } from "../../lib/train/ranks.ts";
import { type StepMetrics, Trainer } from "../../lib/train/trainer.ts";
import { f16Test, gpuTest } from "../testing/gpu.ts";
import { randomDit } from "../testing/tiny_distillation.ts";
import { TINY, TINY_OPTIM } from "../testing/tiny_model.ts";
import { ranksInOneProcess } from "../testing/two_ranks.ts";

const STEPS = 3;
const PAD = 2;
/** Texts of different lengths, so that one rank has more tokens than the other. */
const TOKENS = Uint32Array.from({ length: 8 * 9 }, (_, i) => {
  const [block, position] = [Math.floor(i / 9), i % 9];
  return position > block + 1 ? PAD : (i * 7 + 3) % 11;
});

type MakeObjective = (options: ObjectiveOptions<Dit>, teacher: Dit) => Objective;

const OBJECTIVES: Readonly<Record<string, MakeObjective>> = {
  flm: (options) => flmObjective(options),
  "flm, projected noise": (options) => flmObjective({ ...options, noise: "projected" }),
  psd: (options, teacher) =>
    psdObjective({
      ...options,
      teacher,
      rules: { diagonalFraction: 0.5, boundaryOneIn: 2 },
    }),
  semigroup: (options, teacher) => semigroupObjective({ ...options, teacher }),
};

/** What a rank measured, and its weights and their average afterwards. */
interface Trained {
  metrics: StepMetrics[];
  weights: Record<string, Float32Array>;
  average: Record<string, Float32Array>;
  blocksRead: number;
}

async function numbersOf({ parameters }: { parameters: ParameterStore }) {
  const numbers: Record<string, Float32Array> = {};
  for (const { name } of parameters.tensors) numbers[name] = await parameters.read(name);
  return numbers;
}

async function train(
  gpu: Gpu,
  kind: string,
  ranks: Ranks,
  numMicroBatches: number,
  { isSharded = false, precision = "f32", optimizer = "adamw" }: {
    isSharded?: boolean;
    precision?: TrainPrecision;
    optimizer?: string;
  } = {},
): Promise<Trained> {
  const doubleTemb = !kind.startsWith("flm");
  const vocabSize = kind.includes("projected") ? 39 : TINY.vocabSize;
  using teacher = randomDit(gpu, {}, { seed: 1 });
  using model = Dit.create(gpu, { ...TINY, vocabSize, doubleTemb, dropout: 0.1 }, true);
  initialise(model, 3);
  const batches = new TrainingBatches(memoryBlocks(TOKENS, 9), {
    seed: 1,
    batchSize: 4,
    padId: PAD,
  });
  let blocksRead = 0;
  const counted = {
    batchSize: 4,
    padId: PAD,
    read(...args: Parameters<TrainingBatches["read"]>) {
      const tokens = batches.read(...args);
      blocksRead += tokens.length / 9;
      return tokens;
    },
  };
  const objective = OBJECTIVES[kind]!({
    ...{ model, batches: counted, schedule: new GammaSchedule(vocabSize) },
    ...{ seed: 4, numMicroBatches, ranks },
  }, teacher);
  // What a batch's parts have in common cannot be measured by part.
  const measuresNoise = !kind.includes("projected");
  const optim = { ...TINY_OPTIM, optimizer };
  const config = { train: { shardOptimizer: isSharded }, optim };
  using slices = slicesFor(config, model.parameters, ranks);
  using trainer = new Trainer({
    ...{ model, objective, optim, numSteps: 9, ranks, slices, precision, measuresNoise },
  });
  for (let i = 0; i < STEPS; i++) await trainer.recordStep();
  const metrics = await trainer.drain();
  await trainer.ema.gather();
  const [weights, average] = [await numbersOf(model), await numbersOf(trainer.ema)];
  return { metrics, weights, average, blocksRead };
}

for (const kind of Object.keys(OBJECTIVES)) {
  gpuTest(`two ranks take the steps of one with twice the micro-batches (${kind})`, async (gpu) => {
    assert(kind.startsWith(methodOf(kind.split(",")[0]!).kind));
    const alone = await train(gpu, kind, ONE_RANK, 2);
    assertEquals(alone.blocksRead, 4 * STEPS);
    for (const isSharded of [false, true]) {
      const both = await Promise.all(
        ranksInOneProcess(2).map((ranks) => train(gpu, kind, ranks, 1, { isSharded })),
      );
      for (const [rank, { metrics, weights, average, blocksRead }] of both.entries()) {
        assertEquals(blocksRead, 2 * STEPS);
        const name = `rank ${rank}${isSharded ? ", sharded" : ""}`;
        // To the bit: one process adds micro-batches up in the order of the ranks, too.
        assertEquals(metrics, alone.metrics, name);
        assertEquals(weights, alone.weights, `weights of ${name}`);
        assertEquals(average, alone.average, `average of ${name}`);
      }
    }
    assert(alone.metrics.every(({ skipped }) => !skipped));
    assert(alone.weights["output_layer.linear.weight"]!.some((value) => value !== 0));
  });
}

gpuTest(
  "four ranks agree with themselves, and with one process of four micro-batches",
  async (gpu) => {
    const alone = await train(gpu, "flm", ONE_RANK, 4);
    const four = (isSharded: boolean) =>
      Promise.all(ranksInOneProcess(4).map((ranks) => train(gpu, "flm", ranks, 1, { isSharded })));
    const [first, again, sharded] = [await four(false), await four(false), await four(true)];
    assertEquals(first, again);
    assertEquals(sharded, first);
    for (const { weights } of first) assertEquals(weights, alone.weights);
  },
);

gpuTest("ranks that share out the matrices of Muon take its steps, to the bit", async (gpu) => {
  const muon = { optimizer: "muon" };
  const alone = await train(gpu, "flm", ONE_RANK, 2, muon);
  const both = await Promise.all(
    ranksInOneProcess(2).map((ranks) => train(gpu, "flm", ranks, 1, { ...muon, isSharded: true })),
  );
  for (const { metrics, weights, average } of both) {
    assertEquals(metrics, alone.metrics);
    assertEquals(weights, alone.weights);
    assertEquals(average, alone.average);
  }
});

f16Test("ranks with slices of the weights round them to f16 as others do", async (gpu) => {
  const two = (isSharded: boolean) =>
    Promise.all(
      ranksInOneProcess(2).map((ranks) =>
        train(gpu, "flm", ranks, 1, { isSharded, precision: "mixed" })
      ),
    );
  assertEquals(await two(true), await two(false));
});
