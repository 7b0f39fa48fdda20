/**
 * A sampler's state as it is defined: z, as wide as the vocabulary. For models
 * whose vocabulary is small, and to compare with the reference.
 *
 * @module
 */

import type { Tensor } from "../gpu/tensor.ts";
import type { Denoiser } from "../model/denoiser.ts";
import { argmaxRows } from "../ops/argmax.ts";
import { logitRows, probabilityRows } from "../ops/head.ts";
import { oneHotRows, tensorRows } from "../ops/row_sources.ts";
import type { Tape, Value } from "../ops/tape.ts";
import { chunksOf, forEachChunk } from "../ops/vocabulary.ts";
import { type HeldRows, holdRows, holdTokens } from "./held_tokens.ts";
import {
  blend,
  type Latent,
  type LatentDraw,
  type LatentForm,
  type LatentNoise,
} from "./latent.ts";
import { vocabularyNoise } from "./latent_noise.ts";
import type { FlowNetworks, StepOutputs } from "./networks.ts";
import type { SamplerStep } from "./sampler_steps.ts";

/** z itself, [B·L, V]. */
export class VocabularyLatent implements Latent {
  readonly #networks: FlowNetworks;
  readonly #noise: LatentNoise;
  readonly #z: Tensor;
  readonly #held: HeldRows | undefined;

  /**
   * Begins with the noise of step 0.
   *
   * @param held Tokens that are given, `u32` [B·L]; see {@linkcode holdRows}.
   */
  constructor(networks: FlowNetworks, noise: LatentNoise, held?: Tensor) {
    this.#networks = networks;
    this.#noise = noise;
    this.#z = noise(0, networks.denoiser);
    if (held === undefined) return;
    const { gpu, config: { vocabSize } } = networks.denoiser;
    const data = gpu.empty([held.size, vocabSize]);
    oneHotRows(gpu, held).write(data, 0, 0);
    this.#held = { tokens: held, data, vocabSize };
    holdRows(gpu, this.#z, this.#held, 0);
  }

  /** The state as it is now. */
  get tensor(): Tensor {
    return this.#z;
  }

  embedded(tape: Tape, network: Denoiser): Value {
    return network.embedDense(tape, tensorRows(tape.gpu, this.#z), this.#z.shape[0]!);
  }

  advance(step: SamplerStep, outputs: StepOutputs, guess?: Tensor): void {
    const { denoiser, correction } = this.#networks;
    const { gpu } = denoiser;
    const { keep, predict, correct } = step;
    const { prediction, sharpening } = outputs;
    const chunks = chunksOf(gpu, this.#z.shape[0]!, denoiser.head.weight);
    const probabilities = probabilityRows(gpu, prediction, denoiser.head, sharpening);
    forEachChunk(gpu, [probabilities], chunks, ({ rowStart }, [p]) => {
      if (guess !== undefined) argmaxRows(gpu, p, guess, { rowStart });
      blend(gpu, p, this.#z, { rowStart, keep, weight: predict });
    });
    if (correction !== undefined) {
      const corrections = logitRows(gpu, outputs.correction!, correction.head);
      forEachChunk(gpu, [corrections], chunks, ({ rowStart }, [g]) => {
        blend(gpu, g, this.#z, { rowStart, keep: 1, weight: correct });
      });
    }
    if (step.noise !== 0) {
      using noise = this.#noise(step.index + 1, denoiser);
      blend(gpu, noise, this.#z, { keep: 1, weight: step.noise });
    }
    if (this.#held === undefined) return;
    holdRows(gpu, this.#z, this.#held, step.gamma);
    if (guess !== undefined) holdTokens(gpu, guess, this.#held.tokens);
  }

  finish(step: SamplerStep, outputs: StepOutputs, tokens: Tensor): void {
    this.advance(step, outputs);
    argmaxRows(this.#networks.denoiser.gpu, this.#z, tokens);
  }

  /** Frees the state. */
  [Symbol.dispose](): void {
    this.#z.release();
    this.#held?.data.release();
  }
}

/** Makes {@linkcode VocabularyLatent}s, which need nothing beforehand. */
export class VocabularyForm implements LatentForm {
  readonly #networks: FlowNetworks;

  /** A form for given networks, which stay the caller's. */
  constructor(networks: FlowNetworks) {
    this.#networks = networks;
  }

  draw(draw: LatentDraw, held?: Tensor): VocabularyLatent {
    return new VocabularyLatent(this.#networks, vocabularyNoise(draw), held);
  }

  /** Does nothing: there is nothing to free. */
  [Symbol.dispose](): void {}
}
