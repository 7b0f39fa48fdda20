/**
 * Euler sampling of an FLM.
 *
 * @module
 */

import type { Tensor } from "../gpu/tensor.ts";
import type { Dit } from "../model/dit.ts";
import { argmaxRows } from "../ops/argmax.ts";
import { headLogits, rowChunks } from "../ops/head.ts";
import { Tape } from "../ops/tape.ts";
import type { Latent } from "./latent.ts";
import type { GammaSchedule } from "./schedule.ts";

/** Keeps 1 − γ from 0 in a velocity, as the reference does. */
export const VELOCITY_EPS = 1e-5;

/** Follows a sampler from outside. */
export interface SamplerHooks {
  /** Called after each step but the last, with the number of steps done. */
  onStep?: ((stepsDone: number) => void | Promise<void>) | undefined;
}

/**
 * Samples tokens by integrating the flow from t = 0 to 1 in `numSteps` equal steps of t:
 * z ← z + (γ(t')−γ(t))·(p − z)/(1−γ(t)+1e-5), and z = p at the last, whose argmax are the
 * tokens. Reference: `FLM.generate_samples` (algo.py).
 *
 * @param latent The noise z to start from; holds the last z but one afterwards.
 * @returns Tokens, `u32` [B·L].
 */
export async function sampleFlm(
  model: Dit,
  schedule: GammaSchedule,
  latent: Latent,
  numSteps: number,
  hooks: SamplerHooks = {},
): Promise<Tensor> {
  const { gpu } = model;
  for (let step = 0;; step++) {
    const t = step / numSteps;
    using tape = new Tape(gpu, false);
    using embedded = latent.embedded(tape);
    const batch = embedded.shape[0]! / model.config.length;
    using times = gpu.tensor(new Float32Array(batch).fill(t));
    using hidden = model.forward(tape, embedded, { times });
    if (step === numSteps - 1) return argmaxTokens(model, hidden.tensor);
    const gamma = schedule.gammaOfAlpha(t);
    const next = schedule.gammaOfAlpha((step + 1) / numSteps);
    latent.mixProbabilities(hidden.tensor, (next - gamma) / (1 - gamma + VELOCITY_EPS));
    await hooks.onStep?.(step + 1);
  }
}

/** The most likely token of each row of `hidden` [B·L, H], as `u32` [B·L]. */
function argmaxTokens(model: Dit, hidden: Tensor): Tensor {
  const { gpu, outputWeight, outputBias, config: { vocabSize } } = model;
  const tokens = gpu.empty([hidden.shape[0]!], "u32");
  for (const { rowStart, rows } of rowChunks(gpu, hidden.shape[0]!, vocabSize)) {
    using chunk = gpu.empty([rows, vocabSize]);
    // The cap is monotonic: it does not change an argmax.
    headLogits(gpu, hidden, outputWeight, outputBias, {
      logitCap: null,
      rowStart,
      rows,
      target: chunk,
    });
    argmaxRows(gpu, chunk, tokens, { rowStart });
  }
  return tokens;
}
