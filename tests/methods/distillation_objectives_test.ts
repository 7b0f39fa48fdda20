/**
 * Tests of the objectives of all three distillations.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { TrainingBatches } from "../../lib/data/batches/batches.ts";
import { memoryBlocks } from "../../lib/data/shards/blocks.ts";
import { CheckpointError, DataError } from "../../lib/errors.ts";
import { runSampler } from "../../lib/flow/sampler.ts";
import { GammaSchedule } from "../../lib/flow/schedule.ts";
import { VocabularyForm } from "../../lib/flow/vocabulary_latent.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { startStudent, studentConfig } from "../../lib/methods/base/student.ts";
import { flmSteps } from "../../lib/methods/flm/steps.ts";
import { psdObjective } from "../../lib/methods/psd/objective.ts";
import { psdSteps } from "../../lib/methods/psd/steps.ts";
import { secondStageObjective } from "../../lib/methods/second_stage/objective.ts";
import { semigroupObjective } from "../../lib/methods/semigroup/objective.ts";
import { Dit } from "../../lib/model/dit.ts";
import type { DitConfig } from "../../lib/model/dit_specs.ts";
import type { Objective, ObjectiveOptions } from "../../lib/train/objective.ts";
import { Trainer } from "../../lib/train/trainer.ts";
import { assertClose } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";
import { randomDit, someTokens } from "../testing/tiny_distillation.ts";
import { TINY, TINY_OPTIM, tinyTrainer, withoutLossGrads } from "../testing/tiny_model.ts";

const KINDS = ["semigroup", "second_stage", "psd"] as const;
type StudentKind = typeof KINDS[number];

/** The student, and the models that its objective needs. */
interface Models {
  student: Dit;
  teacher?: Dit;
  flowMap?: Dit;
}

type Networks = Required<Models> & Disposable;

/** A random teacher and flow map, and a student as it starts. */
function makeNetworks(gpu: Gpu, kind: StudentKind, config: Partial<DitConfig> = {}): Networks {
  const teacher = randomDit(gpu, config, { seed: 1 });
  const flowMap = randomDit(gpu, { ...config, doubleTemb: true }, { seed: 2 });
  const ofStudent = studentConfig(teacher.config, { learnableLossWeighting: kind === "semigroup" });
  const student = Dit.create(gpu, ofStudent, true);
  startStudent(student, teacher, { seed: 3, zeroOutput: kind === "semigroup" });
  return {
    teacher,
    flowMap,
    student,
    [Symbol.dispose]() {
      for (const model of [teacher, flowMap, student]) model[Symbol.dispose]();
    },
  };
}

function objectiveOf(
  kind: StudentKind,
  { teacher, flowMap, student: model }: Models,
  { batchSize, numMicroBatches }: { batchSize: number; numMicroBatches: number },
  tokens = someTokens(model.config.vocabSize, 20 * model.config.length),
): Objective {
  const { vocabSize, length } = model.config;
  const options: ObjectiveOptions<Dit> = {
    model,
    batches: new TrainingBatches(memoryBlocks(tokens, length), { seed: 4, batchSize }),
    schedule: new GammaSchedule(vocabSize),
    seed: 5,
    numMicroBatches,
  };
  const boundaryOneIn = 3;
  const rules = { minLength: 0.1, boundaryOneIn };
  switch (kind) {
    case "semigroup":
      return semigroupObjective({ ...options, teacher: teacher!, rules });
    case "second_stage":
      return secondStageObjective({
        ...options,
        teacher: teacher!,
        flowMap: flowMap!,
        rules,
      });
    case "psd":
      return psdObjective({
        ...options,
        teacher: teacher ?? null,
        rules: { diagonalFraction: 0.4, boundaryOneIn },
      });
  }
}

for (const kind of KINDS) {
  gpuTest(`a ${kind} learns the same bits if its gradient is made in backward`, async (gpu) => {
    const results = [];
    for (const change of [(objective: Objective) => objective, withoutLossGrads]) {
      using networks = makeNetworks(gpu, kind, { dropout: 0.2 });
      const { student: model } = networks;
      const objective = change(objectiveOf(kind, networks, { batchSize: 6, numMicroBatches: 2 }));
      using trainer = new Trainer({ model, objective, optim: TINY_OPTIM, numSteps: 100 });
      for (let i = 0; i < 2; i++) await trainer.recordStep();
      const weights = model.parameters.tensors.flatMap(({ windows }) => windows);
      results.push({
        steps: await trainer.drain(),
        weights: await Promise.all(weights.map(({ tensor }) => gpu.read(tensor))),
      });
    }
    assertEquals(results[1], results[0]);
  });

  gpuTest(
    `the objective of a ${kind} is the same whatever the number of micro-batches`,
    async (gpu) => {
      const results = [];
      for (const numMicroBatches of [1, 4, 5]) {
        using networks = makeNetworks(gpu, kind, { dropout: 0.2 });
        const { student } = networks;
        const objective = objectiveOf(kind, networks, { batchSize: 12, numMicroBatches });
        assertEquals(objective.tokensPerStep, 12 * 9);
        using trainer = new Trainer({
          model: student,
          objective,
          optim: { ...TINY_OPTIM, warmupSteps: 0 },
          numSteps: 100,
        });
        for (let i = 0; i < 3; i++) await trainer.recordStep();
        const losses = (await trainer.drain()).map(({ loss }) => loss);
        results.push({ losses, weights: await student.parameters.read("blocks.1.mlp.0.weight") });
      }
      for (const { losses, weights } of results.slice(1)) {
        assertClose(losses, results[0]!.losses, 1e-5, "losses");
        assertClose(weights, results[0]!.weights, 1e-4, "weights");
      }
    },
  );

  gpuTest(`the objective of a ${kind} refuses what does not fit`, (gpu) => {
    using networks = makeNetworks(gpu, kind);
    assertThrows(
      () => objectiveOf(kind, networks, { batchSize: 3, numMicroBatches: 4 }),
      DataError,
      "A batch of 3 cannot be divided",
    );
    using other = randomDit(gpu, { vocabSize: TINY.vocabSize + 1 }, { seed: 1 });
    const batch = { batchSize: 4, numMicroBatches: 1 };
    assertThrows(
      () => objectiveOf(kind, { ...networks, teacher: other }, batch),
      CheckpointError,
      "The teacher does not fit the student: its vocabSize is 12, the student's is 11.",
    );
    if (kind !== "second_stage") return;
    assertThrows(
      () => objectiveOf(kind, { ...networks, flowMap: other }, batch),
      CheckpointError,
      "The flow map does not fit the student: its vocabSize is 12, the student's is 11.",
    );
  });
}

/** Mean losses of a student in its first and last ten of some steps. */
async function learn(student: Dit, objective: Objective, steps: number): Promise<[number, number]> {
  using trainer = new Trainer({
    model: student,
    objective,
    optim: { ...TINY_OPTIM, lr: 1e-2 },
    numSteps: steps,
  });
  for (let i = 0; i < steps; i++) await trainer.recordStep();
  const losses = (await trainer.drain()).map(({ loss }) => loss);
  const mean = (from: number) => losses.slice(from, from + 10).reduce((a, b) => a + b) / 10;
  return [mean(0), mean(steps - 10)];
}

/** How many of 64 samples of one step are sequences of `tokens`. */
async function countKnown(model: Dit, tokens: Uint32Array): Promise<number> {
  const { length, vocabSize, doubleTemb } = model.config;
  const networks = { denoiser: model };
  const form = new VocabularyForm(networks);
  using latent = form.draw({ seed: 5, firstSample: 0, numSamples: 64 });
  const schedule = new GammaSchedule(vocabSize);
  const steps = doubleTemb ? psdSteps(schedule, 1, 0) : flmSteps(schedule, 1);
  const textOf = (ids: Uint32Array, i: number) => ids.slice(i * length, (i + 1) * length).join();
  const known = new Set(
    Array.from({ length: tokens.length / length }, (_, i) => textOf(tokens, i)),
  );
  let count = 0;
  for (const { tokens } of runSampler(networks, latent, steps)) {
    const ids = await model.gpu.readU32(tokens!);
    for (let i = 0; i < 64; i++) if (known.has(textOf(ids, i))) count++;
  }
  return count;
}

gpuTest("students learn the flow maps of a teacher, one after another", async (gpu) => {
  // Sequences of equal letters: what is written at once must agree with itself.
  const [vocabSize, length] = [6, 5];
  const tokens = Uint32Array.from({ length: vocabSize * length }, (_, i) => Math.floor(i / length));
  using training = tinyTrainer(gpu, tokens, {
    config: { vocabSize, length },
    batchSize: 24,
    optim: { lr: 1e-2 },
  });
  for (let i = 0; i < 150; i++) await training.trainer.recordStep();
  const teacher = training.model;
  const options = { batchSize: 24, numMicroBatches: 1 };

  using flowMap = Dit.create(gpu, studentConfig(teacher.config), true);
  startStudent(flowMap, teacher, { seed: 3, zeroOutput: true });
  using second = Dit.create(gpu, studentConfig(teacher.config), true);
  startStudent(second, teacher, { seed: 3 });
  for (const [kind, student] of [["semigroup", flowMap], ["second_stage", second]] as const) {
    const objective = objectiveOf(kind, { teacher, flowMap, student }, options, tokens);
    const [first, last] = await learn(student, objective, 80);
    assert(last < 0.8 * first, `${kind}: the loss went from ${first} to ${last}`);
  }

  // The loss of a denoiser flow map has a moving target, so what it writes is looked at.
  using psd = Dit.create(gpu, studentConfig(teacher.config), true);
  startStudent(psd, teacher, { seed: 3 });
  const before = await countKnown(teacher, tokens);
  await learn(psd, objectiveOf("psd", { teacher, student: psd }, options, tokens), 150);
  const after = await countKnown(psd, tokens);
  assert(after >= before + 12, `${before} samples were right, now ${after}`);
});

gpuTest("psdObjective learns from the data without a teacher", async (gpu) => {
  using student = randomDit(gpu, { doubleTemb: true }, { seed: 1, grads: true });
  const tokens = someTokens(TINY.vocabSize, 3 * TINY.length);
  const options = { batchSize: 24, numMicroBatches: 1 };
  const [first, last] = await learn(student, objectiveOf("psd", { student }, options, tokens), 80);
  assert(last < 0.8 * first, `the loss went from ${first} to ${last}`);
});
