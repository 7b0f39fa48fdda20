/**
 * That a trained model follows the tokens it is given: of sequences of one
 * letter, one given position decides all others.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { EmbeddedForm } from "../../lib/flow/embedded_latent.ts";
import { FREE_TOKEN } from "../../lib/flow/held_tokens.ts";
import type { LatentForm } from "../../lib/flow/latent.ts";
import { runSampler } from "../../lib/flow/sampler.ts";
import { GammaSchedule } from "../../lib/flow/schedule.ts";
import { VocabularyForm } from "../../lib/flow/vocabulary_latent.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { flmSteps } from "../../lib/methods/flm/steps.ts";
import { Dit } from "../../lib/model/dit.ts";
import { gpuTest } from "../testing/gpu.ts";
import { tinyTrainer } from "../testing/tiny_model.ts";

// More letters than the network is wide: EᵀE has a Cholesky factor.
const [LETTERS, LENGTH, NUM_STEPS] = [17, 5, 32];

/** Samples with the letter i % LETTERS given to sample i at position `at(i)`; tokens by sample. */
async function complete(
  gpu: Gpu,
  model: Dit,
  form: LatentForm,
  numSamples: number,
  at: (i: number) => number,
): Promise<Uint32Array[]> {
  const given = new Uint32Array(numSamples * LENGTH).fill(FREE_TOKEN);
  for (let i = 0; i < numSamples; i++) given[i * LENGTH + at(i)] = i % LETTERS;
  using held = gpu.tensor(given);
  using latent = form.draw({ seed: 1, firstSample: 0, numSamples }, held);
  const steps = flmSteps(new GammaSchedule(LETTERS), NUM_STEPS, 1);
  let ids = new Uint32Array();
  for (const { tokens } of runSampler({ denoiser: model }, latent, steps)) {
    if (tokens !== undefined) ids = await gpu.readU32(tokens);
  }
  return Array.from(
    { length: numSamples },
    (_, i) => ids.slice(i * LENGTH, (i + 1) * LENGTH),
  );
}

gpuTest("runSampler() makes the other letters follow the one that is given", async (gpu) => {
  const sequences = Uint32Array.from(
    { length: LETTERS * LENGTH },
    (_, i) => Math.floor(i / LENGTH),
  );
  using training = tinyTrainer(gpu, sequences, {
    batchSize: 64,
    config: { length: LENGTH, vocabSize: LETTERS, hiddenSize: 16, numHeads: 2, numBlocks: 2 },
    optim: { lr: 5e-3, emaDecay: 0.98 },
  });
  const { trainer, model: { config } } = training;
  while (trainer.step < 300) {
    await trainer.recordStep();
    if (trainer.full) await trainer.drain();
  }
  await trainer.drain();
  using model = new Dit(gpu, config, trainer.ema.parameters);
  using whole = new VocabularyForm({ denoiser: model });
  using embedded = await EmbeddedForm.create({ denoiser: model });
  for (const form of [whole, embedded]) {
    for (const at of [() => 0, (i: number) => i % LENGTH]) {
      const samples = await complete(gpu, model, form, 4 * LETTERS, at);
      samples.forEach((tokens, i) => assertEquals(tokens[at(i)], i % LETTERS));
      const right = samples.filter((tokens, i) => tokens.every((token) => token === i % LETTERS));
      assert(right.length >= 0.9 * samples.length, `${right.length} of ${samples.length}`);
    }
  }
});
