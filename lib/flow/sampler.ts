/**
 * The sampler of every kind of flow language model: noise is carried along the
 * flow, or in leaps over it, until it is text.
 *
 * @module
 */

import type { Tensor } from "../gpu/tensor.ts";
import type { Denoiser } from "../model/denoiser.ts";
import { voidRows } from "../ops/argmax.ts";
import type { Sharpening } from "../ops/head.ts";
import { Tape, type Value } from "../ops/tape.ts";
import type { Latent } from "./latent.ts";
import type { FlowNetworks } from "./networks.ts";
import type { SamplerStep } from "./sampler_steps.ts";

/** Where a sampler is after a step. */
export interface SamplerState {
  /** Steps done. */
  stepsDone: number;
  /**
   * Tokens, `u32` [B·L]: after the last step the result, the argmax of z over the vocabulary;
   * before it the denoiser's present guess, the argmax of p, if that was asked for. Those that
   * follow from numbers that are not finite are {@linkcode NO_CLASS}. Freed when the sampler goes
   * on.
   */
  tokens: Tensor | undefined;
}

/** Options of {@linkcode runSampler}. */
export interface SamplerOptions {
  /** Whether to give the tokens that the denoiser expects after every step; false unless told. */
  guesses?: boolean;
  /** What is done to the denoiser's probabilities in every step; nothing unless told. */
  sharpening?: Sharpening | undefined;
}

/**
 * Carries a latent through the steps of a sampler and gives the tokens at the end. Commands are
 * only recorded: the caller reads, or waits, when it likes.
 *
 * A denoiser without a correcting network is given both times of a step; with one, the teacher
 * is given the first and the student both.
 *
 * @param latent The noise to start from. The one as wide as the vocabulary holds the last z
 * afterwards; what another holds is unspecified.
 * @param steps From {@linkcode flmSteps} and the like.
 */
export function* runSampler(
  networks: FlowNetworks,
  latent: Latent,
  steps: readonly SamplerStep[],
  { guesses = false, sharpening }: SamplerOptions = {},
): Generator<SamplerState, void, void> {
  const { denoiser, correction } = networks;
  const { gpu } = denoiser;
  for (const step of steps) {
    using tape = new Tape(gpu, false);
    const ask = (network: Denoiser, targetTime: number | undefined) =>
      askNetwork(tape, network, latent, step.time, targetTime);
    using prediction = ask(denoiser, correction === undefined ? step.targetTime : undefined);
    using corrected = correction && ask(correction, step.targetTime);
    const outputs = {
      prediction: prediction.tensor,
      correction: corrected?.tensor,
      sharpening,
    };
    const last = step.index === steps.length - 1;
    using tokens = last || guesses ? gpu.empty([prediction.shape[0]!], "u32") : undefined;
    if (last) {
      latent.finish(step, outputs, tokens!);
      // What is no number before stays none up to here, but may not show in the tokens.
      for (const hidden of [prediction, corrected]) {
        if (hidden) voidRows(gpu, hidden.tensor, tokens!);
      }
    } else {
      latent.advance(step, outputs, tokens);
    }
    yield { stepsDone: step.index + 1, tokens };
  }
}

/** The hidden states of a network for the latent. */
function askNetwork(
  tape: Tape,
  network: Denoiser,
  latent: Latent,
  time: number,
  targetTime: number | undefined,
): Value {
  using embedded = latent.embedded(tape, network);
  const batch = embedded.shape[0]! / network.config.length;
  const same = (value: number) => network.gpu.tensor(new Float32Array(batch).fill(value));
  using times = same(time);
  using targetTimes = targetTime === undefined ? undefined : same(targetTime);
  return network.forward(tape, embedded, { times, targetTimes });
}
