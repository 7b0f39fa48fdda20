import { assert, assertEquals, assertRejects } from "@std/assert";
import { GpuError } from "../../lib/errors.ts";
import { runSampler } from "../../lib/flow/sampler.ts";
import { GammaSchedule } from "../../lib/flow/schedule.ts";
import { VocabularyForm } from "../../lib/flow/vocabulary_latent.ts";
import { TrainingBatches } from "../../lib/data/batches/batches.ts";
import { memoryBlocks } from "../../lib/data/shards/blocks.ts";
import { flmObjective } from "../../lib/methods/flm/objective.ts";
import { flmSteps } from "../../lib/methods/flm/steps.ts";
import { Dit } from "../../lib/model/dit.ts";
import { initialise } from "../../lib/model/initialise.ts";
import { loadTensors, saveTensors } from "../../lib/model/named_tensors.ts";
import { SafetensorsFile } from "../../lib/safetensors/reader.ts";
import { Value } from "../../lib/ops/tape.ts";
import type { Objective } from "../../lib/train/objective.ts";
import { isSound, Trainer } from "../../lib/train/trainer.ts";
import { assertClose } from "../testing/check_op.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import {
  randomSequences,
  readState,
  recordSteps,
  stateTensors,
  TINY,
  TINY_OPTIM,
  tinyTrainer,
  type TinyTraining,
  withoutLossGrads,
} from "../testing/tiny_model.ts";

async function losses(training: TinyTraining, steps: number): Promise<number[]> {
  return (await recordSteps(training, steps)).map(({ loss }) => loss);
}

gpuTest("Trainer overfits a dozen sequences until sampling gives them back", async (gpu) => {
  const [length, vocabSize, numSamples] = [5, 20, 48];
  const tokens = randomSequences(12, { length, vocabSize });
  const known = new Set<string>();
  for (let i = 0; i < 12; i++) known.add(tokens.slice(i * length, (i + 1) * length).join());
  using training = tinyTrainer(gpu, tokens, {
    batchSize: 48,
    config: { length, vocabSize, hiddenSize: 64, condDim: 32 },
    optim: { lr: 5e-3, emaDecay: 0.98 },
  });
  const { model, trainer } = training;
  using averaged = new Dit(gpu, model.config, trainer.ema.parameters);
  const schedule = new GammaSchedule(vocabSize);
  let right: string[] = [];
  while (right.length < 0.9 * numSamples) {
    assert(trainer.step < 2000, `only ${right.length} of ${numSamples} samples are right`);
    await losses(training, 200);
    const networks = { denoiser: averaged };
    using form = new VocabularyForm(networks);
    using latent = form.draw({ seed: 5, firstSample: 0, numSamples });
    let ids = new Uint32Array();
    for (const { tokens } of runSampler(networks, latent, flmSteps(schedule, 32))) {
      if (tokens !== undefined) ids = await gpu.readU32(tokens);
    }
    right = Array.from(
      { length: numSamples },
      (_, i) => ids.slice(i * length, (i + 1) * length).join(),
    ).filter((text) => known.has(text));
  }
  assert(new Set(right).size >= 10, `${new Set(right).size} of 12 sequences were seen`);
});

gpuTest("Trainer gives bit-identical losses and weights when resumed", async (gpu) => {
  const tokens = randomSequences(20);
  const options = {
    batchSize: 6,
    numMicroBatches: 2,
    config: { dropout: 0.1, learnableLossWeighting: true },
  };
  await withFolder(async (folder) => {
    using whole = tinyTrainer(gpu, tokens, options);
    const expected = await losses(whole, 20);
    const file = `${folder}/all.safetensors`;
    {
      using first = tinyTrainer(gpu, tokens, options);
      assertEquals(await losses(first, 10), expected.slice(0, 10));
      await saveTensors(gpu, file, stateTensors(first));
    }
    using second = tinyTrainer(gpu, tokens, { ...options });
    using opened = await SafetensorsFile.open(file);
    await loadTensors(gpu, opened, stateTensors(second));
    second.trainer.resumeAt(10);
    assertEquals(await losses(second, 10), expected.slice(10));
    assertEquals(await readState(second), await readState(whole));
  });
});

gpuTest("Trainer tells objectives the gradient of their losses, padding and all", async (gpu) => {
  const { length, vocabSize } = TINY;
  const padId = 3;
  const results = [];
  for (const change of [(objective: Objective) => objective, withoutLossGrads]) {
    const config = { ...TINY, dropout: 0.1, learnableLossWeighting: true, logitCap: 4 };
    using model = Dit.create(gpu, config, true);
    initialise(model, 1);
    const blocks = memoryBlocks(randomSequences(10), length);
    const objective = flmObjective({
      model,
      schedule: new GammaSchedule(vocabSize),
      batches: new TrainingBatches(blocks, { seed: 1, batchSize: 5, padId }),
      seed: 2,
      numMicroBatches: 2,
    });
    const trained = { model, objective: change(objective) };
    using trainer = new Trainer({ ...trained, optim: TINY_OPTIM, numSteps: 100 });
    const training = { model, trainer, [Symbol.dispose]: () => {} };
    results.push({
      losses: await losses(training, 3),
      state: await readState(training),
    });
  }
  assertEquals(results[1], results[0]);
});

for (const noise of ["explicit", "projected"] as const) {
  const name = `whatever the number of micro-batches, ${noise} noise`;
  gpuTest(`Trainer gives the same step ${name}`, async (gpu) => {
    const vocabSize = noise === "projected" ? 39 : TINY.vocabSize;
    const tokens = randomSequences(20, { ...TINY, vocabSize });
    const results = [];
    // Of 6 samples, and of 2, 2, 2, and of 2, 2, 1, 1.
    for (const numMicroBatches of [1, 3, 4]) {
      using training = tinyTrainer(gpu, tokens, {
        batchSize: 6,
        numMicroBatches,
        noise,
        config: { dropout: 0.2, vocabSize },
        optim: { warmupSteps: 0 },
      });
      const loss = await losses(training, 3);
      const { parameters } = training.model;
      const weights = await parameters.read("blocks.1.mlp.0.weight");
      results.push({ loss, weights, embedding: await parameters.read("vocab_embed.embedding") });
    }
    for (const { loss, weights, embedding } of results.slice(1)) {
      assertClose(loss, results[0]!.loss, 1e-5, "losses");
      assertClose(weights, results[0]!.weights, 1e-4, "weights");
      assertClose(embedding, results[0]!.embedding, 1e-4, "embedding");
    }
  });
}

gpuTest("Trainer says which steps were left out, and goes on after them", async (gpu) => {
  const tokens = randomSequences(20);
  using training = tinyTrainer(gpu, tokens, { batchSize: 6 });
  const { model: { parameters }, trainer } = training;
  const name = "output_layer.linear.bias";
  await trainer.recordStep();
  const before = await parameters.read(name);
  parameters.write(name, before.with(3, NaN));
  await trainer.recordStep();
  parameters.write(name, before);
  await trainer.recordStep();
  const steps = await trainer.drain();
  assertEquals(steps.map(({ skipped }) => skipped), [false, true, false]);
  assertEquals(steps.map(isSound), [true, false, true]);
  await trainer.recordStep();
  assertEquals((await trainer.drain()).map(({ skipped }) => skipped), [false]);
});

gpuTest(
  "Trainer refuses losses that are not one a token, or depend on no parameter",
  async (gpu) => {
    const tokens = randomSequences(20);
    const numTokens = 6 * TINY.length;
    const cases: [number, boolean, string][] = [
      [3, true, `The objective gives 3 losses for a micro-batch of ${numTokens} tokens`],
      [numTokens, false, "The losses of the objective depend on no parameter"],
    ];
    for (const [size, needsGrad, message] of cases) {
      using training = tinyTrainer(gpu, tokens, { batchSize: 6 });
      using trainer = new Trainer({
        model: training.model,
        optim: TINY_OPTIM,
        numSteps: 2,
        objective: {
          numMicroBatches: 1,
          tokensPerStep: numTokens,
          begin: () => ({
            numTokens,
            mask: () => null,
            loss: () => new Value(gpu.zeros([size]), needsGrad),
            [Symbol.dispose]() {},
          }),
        },
      });
      await assertRejects(() => trainer.recordStep(), GpuError, message);
    }
  },
);
