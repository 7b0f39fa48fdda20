/**
 * The autoregressive baseline: a causal transformer that predicts each token
 * from those before it.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { gelu } from "../ops/activation.ts";
import { attention } from "../ops/attention.ts";
import { crossEntropyHead } from "../ops/cross_entropy.ts";
import type { DropoutDraw } from "../ops/dropout.ts";
import { embedTokens } from "../ops/embedding.ts";
import { dropoutResidual } from "../ops/gated_residual.ts";
import { layerNorm } from "../ops/layer_norm.ts";
import { rotary } from "../ops/rotary.ts";
import type { Tape, Value } from "../ops/tape.ts";
import type { DropoutStep } from "./denoiser.ts";
import { causalParameterSpecs, type DitConfig, MLP_RATIO } from "./dit_specs.ts";
import { Network } from "./network.ts";
import { type MatrixType, type ParameterSpec, ParameterStore } from "./parameters.ts";
import { scoreTokens } from "./score_tokens.ts";

/** What {@linkcode CausalLm.losses} is given. */
export interface CausalInputs {
  /** Token ids that are seen, `u32` [B·T]. */
  context: Tensor;
  /** The token after each of them, `u32` [B·T]. */
  next: Tensor;
  /** T, at most the network's length. */
  length: number;
  /** Dropout in training; none unless given. */
  dropout?: DropoutStep | undefined;
  /** The gradient that each loss will get, [B·T], if it is known by now: see ChunkedLossOptions. */
  lossGrads?: Tensor | undefined;
}

/**
 * A causal transformer (reference: `DDiTBlockCausal` of `models/dit.py`): LayerNorm without bias,
 * rotary positions, an MLP with tanh GELU, no time. Its sizes are a DiT's, of which those that
 * concern time have no meaning.
 */
export class CausalLm extends Network {
  /** See {@linkcode NetworkClass.specs}. */
  static specs(config: DitConfig): ParameterSpec[] {
    return causalParameterSpecs(config);
  }

  /**
   * A model with parameters of its own, all zero; see initialise.ts.
   *
   * @param grads Whether to keep gradients, for training.
   * @param matrices What matrices are stored in; f32, which training needs, unless told.
   */
  static create(gpu: Gpu, config: DitConfig, grads: boolean, matrices?: MatrixType): CausalLm {
    const parameters = new ParameterStore(gpu, CausalLm.specs(config), grads, matrices);
    return Network.owner(new CausalLm(gpu, config, parameters));
  }

  /** The loss of every position, [B·T]: −log softmax(logits)[next], in nats. */
  losses(tape: Tape, { context, next, length, dropout, lossGrads }: CausalInputs): Value {
    let hidden = embedTokens(tape, context, this.parameters.get("vocab_embed.embedding"));
    for (let i = 0; i < this.config.numBlocks; i++) {
      using before = hidden;
      const kept = [before, ...(dropout?.samples ? [dropout.samples] : [])];
      hidden = this.part(
        "block",
        tape,
        kept,
        (tape) => this.#block(tape, i, before, length, dropout),
      );
    }
    using last = hidden;
    using normed = this.#norm(tape, last, "output_layer.norm_final");
    const weight = this.parameters.get("output_layer.linear.weight");
    const bias = this.parameters.get("output_layer.linear.bias");
    const head = { weight, bias, logitCap: this.config.logitCap };
    return crossEntropyHead(tape, normed, head, next, { lossGrads });
  }

  /**
   * The negative log-likelihoods of tokens, in nats; see {@linkcode scoreTokens}.
   *
   * @throws {DataError} if an id lies outside the vocabulary or `length` is not in 2 … L.
   */
  score(ids: Uint32Array, length: number): Promise<Float32Array> {
    const { vocabSize, length: contextLength, hiddenSize } = this.config;
    return scoreTokens(
      {
        ...{ gpu: this.gpu, vocabSize, contextLength, widest: MLP_RATIO * hiddenSize },
        losses: (tape, context, next, length) => this.losses(tape, { context, next, length }),
      },
      ids,
      length,
    );
  }

  #norm(tape: Tape, x: Value, name: string): Value {
    return layerNorm(tape, x, this.value(`${name}.weight`), undefined);
  }

  #block(
    tape: Tape,
    index: number,
    x: Value,
    length: number,
    dropoutStep: DropoutStep | undefined,
  ): Value {
    const { dropout: rate } = this.config;
    const name = `blocks.${index}`;
    const dropout = (branch: number): DropoutDraw | undefined =>
      dropoutStep && { ...dropoutStep, rate, layer: 2 * index + branch };
    using attended = this.#attention(tape, name, x, length);
    using middle = dropoutResidual(tape, x, attended, { length, dropout: dropout(0) });
    using contracted = this.part(
      "mlp",
      tape,
      [middle],
      (tape, known) => this.#mlp(tape, name, middle, known),
    );
    return dropoutResidual(tape, middle, contracted, { length, dropout: dropout(1) });
  }

  #mlp(tape: Tape, name: string, x: Value, known?: Tensor): Value {
    using normed = this.#norm(tape, x, `${name}.norm2`);
    using wide = this.linear(tape, normed, `${name}.mlp.0`);
    using active = gelu(tape, wide);
    return this.linear(tape, active, `${name}.mlp.2`, known);
  }

  #attention(tape: Tape, name: string, x: Value, length: number): Value {
    const shape = { batch: x.shape[0]! / length, length, numHeads: this.config.numHeads };
    using normed = this.#norm(tape, x, `${name}.norm1`);
    using qkv = this.linear(tape, normed, `${name}.attn_qkv`);
    using rotated = rotary(tape, qkv, { ...shape, table: this.rotaryTable });
    using heads = attention(tape, rotated, { ...shape, causal: true });
    return this.linear(tape, heads, `${name}.attn_out`);
  }
}
