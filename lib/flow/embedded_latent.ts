/**
 * A sampler's state as the networks see it: y = z·E for the embedding E of
 * each, as wide as they are.
 *
 * A network sees z [B·L, V] only through z·E, and a sampler's steps are linear
 * in z, so y can stand for it: exact step by step from the same start, and
 * exact in distribution when it starts from N(0, EᵀE). Memory then grows with
 * H, not V. Only the last step needs the vocabulary, a chunk of rows at a time.
 *
 * - p·E is made chunk by chunk from the probabilities.
 * - g·E, with g = h·Wᵀ + b the student's logits, is h·(WᵀE) + bᵀE: one product with a matrix
 *   [H, H] that is computed once.
 * - A network that corrects a teacher's steps has an embedding of its own, so there are two states
 *   that belong to one z. They start from products with the same numbers.
 * - With a correction the last z is keep·z + predict·p + correct·g with keep = 1e-5/(1−γ+1e-5), and
 *   z over the vocabulary is not known. The term is only there because the velocity's denominator
 *   has its 1e-5 (without, z leaves the last step altogether), and is left out: it changes
 *   entries of z by some 1e-5.
 *
 * @module
 */

import type { Tensor } from "../gpu/tensor.ts";
import type { Denoiser } from "../model/denoiser.ts";
import { argmaxRows } from "../ops/argmax.ts";
import { logitRows, probabilityRows } from "../ops/head.ts";
import { matmul } from "../ops/matmul.ts";
import { Tape, Value } from "../ops/tape.ts";
import {
  acrossVocabulary,
  chunksOf,
  forEachChunk,
  fromVocabulary,
  type RowSource,
} from "../ops/vocabulary.ts";
import { type HeldRows, holdRows, holdTokens } from "./held_tokens.ts";
import {
  blend,
  type Latent,
  type LatentDraw,
  type LatentForm,
  type LatentNoise,
} from "./latent.ts";
import { correlatedNoise, embeddedNoise, embeddingFactor } from "./latent_noise.ts";
import type { FlowNetworks, StepOutputs } from "./networks.ts";
import type { SamplerStep } from "./sampler_steps.ts";

/** What one network sees of z. */
interface NetworkState {
  network: Denoiser;
  /** z·E [B·L, H]. */
  y: Tensor;
  held: HeldRows | undefined;
}

/** y = z·E, [B·L, H], for each network. */
export class EmbeddedLatent implements Latent {
  readonly #form: EmbeddedForm;
  readonly #noise: LatentNoise;
  readonly #held: Tensor | undefined;
  readonly #states: readonly NetworkState[];

  /**
   * Begins with the noise of step 0.
   *
   * @param held Tokens that are given, `u32` [B·L]; see {@linkcode holdRows}.
   */
  constructor(form: EmbeddedForm, noise: LatentNoise, held?: Tensor) {
    this.#form = form;
    this.#noise = noise;
    this.#held = held;
    this.#states = form.networks.map((network) => {
      const y = noise(0, network);
      if (held === undefined) return { network, y, held };
      const { vocabSize } = network.config;
      const rows = { tokens: held, data: embedRows(network, held), vocabSize };
      holdRows(network.gpu, y, rows, 0);
      return { network, y, held: rows };
    });
  }

  embedded(_tape: Tape, network: Denoiser): Value {
    const { y } = this.#states.find((state) => state.network === network)!;
    return new Value(y.retain(), false);
  }

  advance(step: SamplerStep, outputs: StepOutputs, guess?: Tensor): void {
    const { denoiser } = this.#form;
    const { gpu } = denoiser;
    const { keep, predict, correct } = step;
    const { head } = denoiser;
    const { prediction, sharpening } = outputs;
    const probabilities = probabilityRows(gpu, prediction, head, sharpening);
    const chunks = chunksOf(gpu, prediction.shape[0]!, head.weight);
    forEachChunk(gpu, [probabilities], chunks, ({ rowStart }, [p]) => {
      if (guess !== undefined) argmaxRows(gpu, p, guess, { rowStart });
      for (const { network, y } of this.#states) {
        using mean = embed(p, network);
        blend(gpu, mean, y, { rowStart, keep, weight: predict });
      }
    });
    this.#states.forEach(({ network, y, held }, i) => {
      if (outputs.correction !== undefined) {
        using embedded = this.#form.embedLogits(outputs.correction, i);
        blend(gpu, embedded, y, { keep: 1, weight: correct });
      }
      if (step.noise !== 0) {
        using noise = this.#noise(step.index + 1, network);
        blend(gpu, noise, y, { keep: 1, weight: step.noise });
      }
      if (held !== undefined) holdRows(gpu, y, held, step.gamma);
    });
    if (guess !== undefined && this.#held !== undefined) holdTokens(gpu, guess, this.#held);
  }

  finish(step: SamplerStep, outputs: StepOutputs, tokens: Tensor): void {
    const { denoiser, correction } = this.#form;
    const { gpu } = denoiser;
    const { prediction, sharpening } = outputs;
    // Without a correction the logits say it all: softmax and cap keep their order, sharpened or
    // not.
    const sources: readonly [RowSource, ...RowSource[]] = correction === undefined
      ? [logitRows(gpu, prediction, denoiser.head)]
      : [
        probabilityRows(gpu, prediction, denoiser.head, sharpening),
        logitRows(gpu, outputs.correction!, correction.head),
      ];
    const chunks = chunksOf(gpu, prediction.shape[0]!, denoiser.head.weight);
    forEachChunk(gpu, sources, chunks, ({ rowStart }, [z, g]) => {
      if (g !== undefined) blend(gpu, g, z, { keep: step.predict, weight: step.correct });
      argmaxRows(gpu, z, tokens, { rowStart });
    });
    if (this.#held !== undefined) holdTokens(gpu, tokens, this.#held);
  }

  /** Frees the state. */
  [Symbol.dispose](): void {
    for (const { y, held } of this.#states) {
      y.release();
      held?.data.release();
    }
  }
}

/** The student's output projection followed by a network's embedding. */
interface EmbeddedHead {
  /** WᵀE, [H, H]. */
  weight: Tensor;
  /** bᵀE, [1, H]. */
  bias: Tensor;
}

/** Makes {@linkcode EmbeddedLatent}s, with what they need computed once. */
export class EmbeddedForm implements LatentForm {
  /** Predicts the data. */
  readonly denoiser: Denoiser;
  /** Corrects the denoiser's steps; undefined where nothing does. */
  readonly correction: Denoiser | undefined;
  readonly #heads: readonly EmbeddedHead[];
  #factor: Tensor | undefined;

  /**
   * Computes what steps need. The networks stay the caller's, and their weights must not change.
   *
   * For {@linkcode draw} use {@linkcode create}.
   */
  constructor({ denoiser, correction }: FlowNetworks) {
    this.denoiser = denoiser;
    this.correction = correction;
    this.#heads = correction === undefined
      ? []
      : this.networks.map((network) => embedHead(correction, network));
  }

  /**
   * As the constructor, and makes what {@linkcode draw} needs.
   *
   * @throws {FlmError} if there is one network, as {@linkcode embeddingFactor}.
   */
  static async create(networks: FlowNetworks): Promise<EmbeddedForm> {
    const form = new EmbeddedForm(networks);
    if (form.correction === undefined) form.#factor = await embeddingFactor(form.denoiser);
    return form;
  }

  /** The networks, each of which has a state. */
  get networks(): readonly Denoiser[] {
    return this.correction === undefined ? [this.denoiser] : [this.denoiser, this.correction];
  }

  draw(draw: LatentDraw, held?: Tensor): EmbeddedLatent {
    const noise = this.#factor === undefined
      ? embeddedNoise(draw)
      : correlatedNoise(draw, this.#factor);
    return new EmbeddedLatent(this, noise, held);
  }

  /** A latent of given noise, for each network its product with the embedding. */
  latent(noise: LatentNoise, held?: Tensor): EmbeddedLatent {
    return new EmbeddedLatent(this, noise, held);
  }

  /** g·E [B·L, H] from the student's hidden states, E being that of network `index`. */
  embedLogits(hidden: Tensor, index: number): Tensor {
    const { gpu } = this.denoiser;
    const { weight, bias } = this.#heads[index]!;
    const [rows = 1, H = 1] = hidden.shape;
    const y = gpu.empty([rows, H]);
    matmul(gpu, {
      M: rows,
      N: H,
      K: H,
      a: { view: hidden, stride: H },
      b: { view: weight, stride: H },
      c: { view: y, stride: H },
      bias: { view: bias },
    });
    return y;
  }

  /** Frees what was computed. */
  [Symbol.dispose](): void {
    this.#factor?.release();
    for (const { weight, bias } of this.#heads) {
      weight.release();
      bias.release();
    }
  }
}

/** WᵀE and bᵀE for the output projection of `student` and the embedding of `network`. */
function embedHead({ head: { weight, bias } }: Denoiser, network: Denoiser): EmbeddedHead {
  const { tensor } = bias.value;
  using row = tensor.view([1, tensor.size]);
  return {
    weight: acrossVocabulary(network.gpu, weight, network.embedding),
    bias: embed(row, network),
  };
}

/** x·E [rows, H] for whole rows x [rows, V]. */
function embed(x: Tensor, { gpu, embedding: weight }: Denoiser): Tensor {
  const hidden = gpu.empty([x.shape[0]!, weight.shape[1]!]);
  fromVocabulary(gpu, { x, hidden, weight });
  return hidden;
}

/** The embeddings [B·L, H] of tokens; rows without a token are 0. */
function embedRows(network: Denoiser, tokens: Tensor): Tensor {
  using tape = new Tape(network.gpu, false);
  return network.embedTokens(tape, tokens).tensor;
}
