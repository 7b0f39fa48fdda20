/**
 * Checks the γ-sampling of denoiser flow maps.
 *
 * @module
 */

import { psdSteps } from "../../lib/methods/psd/steps.ts";
import type { CheckContext } from "./check.ts";
import { Bound } from "./compare.ts";
import { loadDit } from "./model.ts";
import { checkSamplerRun } from "./sampler_run.ts";

/** Cap of the logits in the form of the reference that has these models. */
const LOGIT_CAP = 30;

/** Checks `psd_samplers`: also both times that the network is given in each step. */
export async function checkPsdSamplers(context: CheckContext): Promise<void> {
  const { golden, resources } = context;
  const { weights } = await golden.description<{ weights: { model: string } }>();
  using denoiser = await loadDit(context, weights.model, { logitCap: LOGIT_CAP });
  const schedule = resources.schedule(denoiser.config.vocabSize);
  const z0 = await golden.read("z0");
  const later = await golden.read("noise");
  const noise = [z0];
  for (let start = 0; start < later.length; start += z0.length) {
    noise.push(later.slice(start, start + z0.length));
  }
  for (const tensor of golden.tensors.keys()) {
    const [, name, eta, numSteps] = /^(g([\d.]+)\.(\d+))\.tokens$/.exec(tensor) ?? [];
    if (name === undefined) continue;
    const steps = psdSteps(schedule, Number(numSteps), Number(eta));
    await context.compare(`${name}.tau`, steps.map(({ time }) => time), Bound.Equal);
    const targets = steps.map(({ targetTime }) => targetTime!);
    await context.compare(`${name}.tau_tilde`, targets, Bound.Statistic);
    await checkSamplerRun(context, { name, networks: { denoiser }, steps, noise });
  }
}
