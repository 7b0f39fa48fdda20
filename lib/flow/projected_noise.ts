/**
 * Corrupted data as a network sees it, x_t·E = (1 − γ)·n·E + γ·E[x0], of noise that is drawn as
 * wide as the network.
 *
 * n·E is ξ·Lᵀ with L·Lᵀ = EᵀE and ξ ~ N(0, I) ({@linkcode gramFactor}, which also says what the
 * gradient is). In place of two products of M·V·H numbers, for the M positions that a process has
 * in a step, there are two of V·H² and two of M·H²: it pays from H/M + H/V < 1 on, that is for V ≥
 * 4·H from M = 4/3·H positions on. All micro-batches of a step share a factor.
 *
 * Only for losses that see x_t through one embedding. A distillation feeds the same noise to
 * networks whose embeddings differ, but are equal at first: what they see has a law of its own for
 * each of them and one together, whose factor [2·H, 2·H] would begin without full rank.
 *
 * @module
 */

import type { NoiseName } from "../config/config.ts";
import type { Denoiser, DenoiserConfig } from "../model/denoiser.ts";
import { type CorruptedData, type NoiseDraw, noiseRows } from "../ops/corruption.ts";
import { gramFactor } from "../ops/gram_factor.ts";
import { linear } from "../ops/linear.ts";
import { sumScaledRows } from "../ops/scaled_rows.ts";
import { Tape, Value } from "../ops/tape.ts";
import type { Tensor } from "../gpu/tensor.ts";

/** Vocabularies that are so many times wider than the network have projected noise unasked. */
const WIDE = 4;

/** How the noise of a network is drawn, if nothing else is asked for. */
export function usualNoise(
  { vocabSize, hiddenSize }: Pick<DenoiserConfig, "vocabSize" | "hiddenSize">,
): NoiseName {
  return vocabSize >= WIDE * hiddenSize ? "projected" : "explicit";
}

/** Corrupted data that are known as a network sees them. */
export interface EmbeddedRows {
  /** Records x_t·E, [B·L, H]. */
  embed(tape: Tape): Value;
}

/** Clean data, how much of it is left, and how much noise there is. */
export interface ProjectedData extends CorruptedData {
  /** Weight 1 − γ of the noise in each sample, [samples]. */
  sigmas: Tensor;
}

/** The noise of one step for a network. */
export class ProjectedNoise implements Disposable {
  readonly #model: Denoiser;
  readonly #tape: Tape;
  readonly #factor: Value;

  /** Decomposes EᵀE for the embedding as it is now. */
  constructor(model: Denoiser) {
    this.#model = model;
    this.#tape = new Tape(model.gpu, true);
    this.#factor = gramFactor(this.#tape, model.embedding);
  }

  /**
   * Corrupted data: number i of ξ is that which explicit noise has for entry i of the vocabulary.
   * The tensors stay the caller's.
   */
  rows({ tokens, gammas, sigmas, ...draw }: ProjectedData & NoiseDraw): EmbeddedRows {
    const { gpu, config: { hiddenSize } } = this.#model;
    return {
      embed: (tape) => {
        const numbers = gpu.empty([tokens.size, hiddenSize]);
        using xi = new Value(numbers, false);
        noiseRows(gpu, draw).write(numbers, 0, 0);
        using noise = linear(tape, xi, this.#factor);
        using data = this.#model.embedTokens(tape, tokens);
        const terms = [{ x: noise, scales: sigmas }, { x: data, scales: gammas }] as const;
        return sumScaledRows(tape, terms, draw.length);
      },
    };
  }

  /** The gradient of the factor, once a backward pass has given one. */
  get grads(): readonly Tensor[] {
    return this.#factor.grad === undefined ? [] : [this.#factor.grad];
  }

  /** Adds to the gradient of E what the backward passes gave for the factor. */
  finish(): void {
    this.#tape.backwardFromGrads();
  }

  /** Frees the factor. */
  [Symbol.dispose](): void {
    this.#tape[Symbol.dispose]();
    this.#factor[Symbol.dispose]();
  }
}
