/**
 * Runs a sampler from golden noise, with its state as wide as the vocabulary and
 * with its state embedded, and compares tokens and states.
 *
 * @module
 */

import { EmbeddedForm } from "../../lib/flow/embedded_latent.ts";
import type { FlowNetworks } from "../../lib/flow/networks.ts";
import { runSampler } from "../../lib/flow/sampler.ts";
import type { SamplerStep } from "../../lib/flow/sampler_steps.ts";
import { VocabularyLatent } from "../../lib/flow/vocabulary_latent.ts";
import type { Tensor } from "../../lib/gpu/tensor.ts";
import type { Denoiser } from "../../lib/model/denoiser.ts";
import { tensorRows } from "../../lib/ops/row_sources.ts";
import { Tape } from "../../lib/ops/tape.ts";
import type { CheckContext } from "./check.ts";
import { Bound } from "./compare.ts";

/** A run of a sampler that a golden file holds. */
export interface SamplerRun {
  /** What the names of its tensors begin with, such as `flm.4`. */
  name: string;
  /** The networks. */
  networks: FlowNetworks;
  /** The steps. */
  steps: readonly SamplerStep[];
  /** z0, then the later draws, if there are any: each [B·L·V]. */
  noise: readonly Float32Array<ArrayBuffer>[];
}

/** Compares the tokens, and z after every step, of both forms of the state. */
export async function checkSamplerRun(context: CheckContext, run: SamplerRun): Promise<void> {
  await checkVocabularyState(context, run);
  await checkEmbeddedState(context, run);
}

/** The sampler that keeps z itself. */
async function checkVocabularyState(context: CheckContext, run: SamplerRun): Promise<void> {
  const { name, networks, steps, noise } = run;
  const { gpu } = networks.denoiser;
  using latent = new VocabularyLatent(networks, (step) => rowsOf(networks.denoiser, noise[step]!));
  const states: number[] = [];
  let tokens = new Uint32Array();
  for (const state of runSampler(networks, latent, steps)) {
    if (state.tokens === undefined) states.push(...await gpu.read(latent.tensor));
    else tokens = await gpu.readU32(state.tokens);
  }
  await context.compareTokens(`${name}.tokens`, tokens);
  if (steps.length > 1) await context.compare(`${name}.z_steps`, states, Bound.Forward);
  await context.compare(`${name}.z_final`, await gpu.read(latent.tensor), Bound.Forward);
}

/** The sampler that keeps z·E for each network. */
async function checkEmbeddedState(context: CheckContext, run: SamplerRun): Promise<void> {
  const { name, networks, steps, noise } = run;
  const { gpu } = networks.denoiser;
  using form = new EmbeddedForm(networks);
  using latent = form.latent((step, network) => embed(network, noise[step]!));
  const all = form.networks.map((network) => ({ network, states: [] as number[] }));
  let tokens = new Uint32Array();
  for (const state of runSampler(networks, latent, steps)) {
    if (state.tokens !== undefined) {
      tokens = await gpu.readU32(state.tokens);
      continue;
    }
    using tape = new Tape(gpu, false);
    for (const { network, states } of all) {
      using y = latent.embedded(tape, network);
      states.push(...await gpu.read(y.tensor));
    }
  }
  const { golden } = context;
  const expected = await golden.read(`${name}.tokens`, "i32");
  context.compareTokenValues(`${name}.tokens (state embedded)`, tokens, expected);
  if (steps.length === 1) return;
  const zSteps = await golden.read(`${name}.z_steps`);
  for (const { network, states } of all) {
    using expected = embed(network, zSteps);
    const by = network === networks.correction ? "by the student" : "";
    const quantity = `${name}.z_steps (state embedded${by && ` ${by}`})`;
    context.compareValues(quantity, states, await gpu.read(expected), Bound.Forward);
  }
}

/** A list of numbers as rows as wide as the vocabulary. */
function rowsOf({ gpu, config: { vocabSize } }: Denoiser, z: Float32Array<ArrayBuffer>): Tensor {
  return gpu.tensor(z, [z.length / vocabSize, vocabSize]);
}

/** z·E for the rows of `z`. */
function embed(model: Denoiser, z: Float32Array<ArrayBuffer>): Tensor {
  const { gpu } = model;
  using rows = rowsOf(model, z);
  using tape = new Tape(gpu, false);
  return model.embedDense(tape, tensorRows(gpu, rows), rows.shape[0]!).tensor;
}
