/**
 * Checks the samplers: that of the FLM, with its state as wide as the vocabulary
 * and with its state embedded.
 *
 * @module
 */

import { sampleFlm } from "../../lib/flow/flm_sampler.ts";
import { EmbeddedLatent, VocabularyLatent } from "../../lib/flow/latent.ts";
import type { Dit } from "../../lib/model/dit.ts";
import { denseTensor } from "../../lib/ops/embedding.ts";
import { Tape } from "../../lib/ops/tape.ts";
import type { CheckContext } from "./check.ts";
import { Bound } from "./compare.ts";
import { loadDit } from "./model.ts";

/** Checks the `flm.*` part of `samplers`. */
export async function checkSamplers(context: CheckContext): Promise<void> {
  const { golden } = context;
  const { weights } = await golden.description<{ weights: { flm: string } }>();
  using model = await loadDit(context, weights.flm);
  const noise = await golden.read("z0");
  for (const name of golden.tensors.keys()) {
    const numSteps = /^flm\.(\d+)\.tokens$/.exec(name)?.[1];
    if (numSteps === undefined) continue;
    await checkVocabularyState(context, model, noise, Number(numSteps));
    await checkEmbeddedState(context, model, noise, Number(numSteps));
  }
}

/** The sampler that keeps z itself. */
async function checkVocabularyState(
  context: CheckContext,
  model: Dit,
  noise: Float32Array<ArrayBuffer>,
  numSteps: number,
): Promise<void> {
  const { gpu, config: { vocabSize } } = model;
  const z = gpu.tensor(noise, [noise.length / vocabSize, vocabSize]);
  using latent = new VocabularyLatent(model, z);
  const states: number[] = [];
  using tokens = await sampleFlm(model, scheduleOf(context, model), latent, numSteps, {
    onStep: async () => void states.push(...await gpu.read(z)),
  });
  await context.compareTokens(`flm.${numSteps}.tokens`, await gpu.readU32(tokens));
  if (numSteps > 1) await context.compare(`flm.${numSteps}.z_steps`, states, Bound.Forward);

  // The sampler leaves the last state but one: one full step further are the probabilities.
  using tape = new Tape(gpu, false);
  using embedded = latent.embedded(tape);
  using times = gpu.tensor(
    new Float32Array(tokens.size / model.config.length).fill((numSteps - 1) / numSteps),
  );
  using hidden = model.forward(tape, embedded, { times });
  latent.mixProbabilities(hidden.tensor, 1);
  await context.compare(`flm.${numSteps}.z_final`, await gpu.read(z), Bound.Forward);
}

/** The sampler that keeps z·E. */
async function checkEmbeddedState(
  context: CheckContext,
  model: Dit,
  noise: Float32Array<ArrayBuffer>,
  numSteps: number,
): Promise<void> {
  const { gpu, config: { hiddenSize } } = model;
  const y = await embed(model, noise);
  using latent = new EmbeddedLatent(model, gpu.tensor(y, [y.length / hiddenSize, hiddenSize]));
  const states: number[] = [];
  using tokens = await sampleFlm(model, scheduleOf(context, model), latent, numSteps, {
    onStep: async () => {
      using state = latent.embedded();
      states.push(...await gpu.read(state.tensor));
    },
  });
  const { golden } = context;
  const expected = await golden.read(`flm.${numSteps}.tokens`, "i32");
  const suffix = "(state embedded)";
  context.compareTokenValues(
    `flm.${numSteps}.tokens ${suffix}`,
    await gpu.readU32(tokens),
    expected,
  );
  if (numSteps === 1) return;
  const steps = await golden.read(`flm.${numSteps}.z_steps`);
  const quantity = `flm.${numSteps}.z_steps ${suffix}`;
  context.compareValues(quantity, states, await embed(model, steps), Bound.Forward);
}

function scheduleOf({ resources }: CheckContext, { config }: Dit) {
  return resources.schedule(config.vocabSize);
}

/** z·E for the rows of `z`. */
async function embed(model: Dit, z: Float32Array<ArrayBuffer>): Promise<Float32Array<ArrayBuffer>> {
  const { gpu, config: { vocabSize } } = model;
  const rows = z.length / vocabSize;
  using tensor = gpu.tensor(z, [rows, vocabSize]);
  using tape = new Tape(gpu, false);
  using embedded = model.embedDense(tape, denseTensor(gpu, tensor), rows);
  return await gpu.read(embedded.tensor);
}
