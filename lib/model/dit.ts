/**
 * The diffusion transformer (DiT) that denoises all positions at once.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { gelu, geluErf, silu } from "../ops/activation.ts";
import { add } from "../ops/add.ts";
import { attention } from "../ops/attention.ts";
import type { DropoutDraw } from "../ops/dropout.ts";
import { embedDense, embedTokens } from "../ops/embedding.ts";
import { gatedResidual } from "../ops/gated_residual.ts";
import { gatedResidualNorm } from "../ops/gated_residual_norm.ts";
import type { BiasedHead } from "../ops/head.ts";
import { layerNormModulate } from "../ops/layer_norm.ts";
import type { Parameter } from "../ops/parameter.ts";
import { rotary } from "../ops/rotary.ts";
import { type Tape, Value } from "../ops/tape.ts";
import { timestepEmbedding } from "../ops/timestep_embedding.ts";
import type { RowSource } from "../ops/vocabulary.ts";
import type { Denoiser, DenoiserInputs, Observer } from "./denoiser.ts";
import { type DitConfig, ditParameterSpecs, TIME_FEATURES } from "./dit_specs.ts";
import { Network } from "./network.ts";
import { type MatrixType, type ParameterSpec, ParameterStore } from "./parameters.ts";

/** The soft cap of attention's scores, the reference's `softcap`. */
const ATTENTION_CAP = 50;

/**
 * A DiT with its parameters on the GPU (reference: `models/dit.py`, `DIT`).
 *
 * The output projection to the vocabulary is not part of {@linkcode forward}: the operations
 * of ops/head.ts fuse it with what follows, so that no [B, L, V] tensor exists.
 */
export class Dit extends Network implements Denoiser {
  /** See {@linkcode NetworkClass.specs}. */
  static specs(config: DitConfig): ParameterSpec[] {
    return ditParameterSpecs(config);
  }

  /**
   * A model with parameters of its own, all zero; see initialise.ts.
   *
   * @param grads Whether to keep gradients, for training.
   * @param matrices What matrices are stored in; f32, which training needs, unless told.
   */
  static create(gpu: Gpu, config: DitConfig, grads: boolean, matrices?: MatrixType): Dit {
    const parameters = new ParameterStore(gpu, Dit.specs(config), grads, matrices);
    return Network.owner(new Dit(gpu, config, parameters));
  }

  /** The embedding matrix E [V, H]. */
  get embedding(): Parameter {
    return this.parameters.get("vocab_embed.embedding");
  }

  /** The output projection. */
  get head(): BiasedHead {
    return {
      weight: this.parameters.get("output_layer.linear.weight"),
      bias: this.parameters.get("output_layer.linear.bias"),
      logitCap: this.config.logitCap,
    };
  }

  /** Embeds dense rows: x · E, [rows, H]. */
  embedDense(tape: Tape, source: RowSource, rows: number): Value {
    return embedDense(tape, source, this.embedding, { rows });
  }

  /** Embeds token ids [rows]: their rows of E, [rows, H]. */
  embedTokens(tape: Tape, tokens: Tensor): Value {
    return embedTokens(tape, tokens, this.embedding);
  }

  /**
   * The hidden states [B·L, H] that the output projection turns into logits.
   *
   * @param embedded Embedded sequences [B·L, H].
   */
  forward(tape: Tape, embedded: Value, inputs: DenoiserInputs): Value {
    const { numBlocks, length } = this.config;
    const { observe, dropout } = inputs;
    using condition = this.#condition(tape, inputs.times, inputs.targetTimes);
    observe?.("hidden.0", embedded);
    embedded.tensor.retain();
    let hidden = embedded;
    for (let i = 0; i < numBlocks; i++) {
      using before = hidden;
      const block = (tape: Tape) => this.#block(tape, i, before, condition, inputs);
      const kept = [before, condition, ...(dropout?.samples ? [dropout.samples] : [])];
      // An observer is to see each value once.
      hidden = observe === undefined ? this.part("block", tape, kept, block) : block(tape);
      observe?.(`hidden.${i + 1}`, hidden);
    }
    using last = hidden;
    using modulation = this.linear(tape, condition, "output_layer.adaLN_modulation");
    return layerNormModulate(
      tape,
      last,
      this.value("output_layer.norm_final.weight"),
      modulation,
      {
        shift: 0,
        scale: this.config.hiddenSize,
        length,
      },
    );
  }

  /**
   * The log of the learned loss weight of each sample, w [B] (`LearnableLossWeighting`).
   * It sees the first time only.
   */
  lossWeighting(tape: Tape, times: Tensor): Value {
    const name = "learnable_loss_weighting";
    using embedded = this.#embedTime(tape, times, `${name}.s_embed`);
    using wide = this.linear(tape, embedded, `${name}.mlp.0`);
    using active = geluErf(tape, wide);
    return this.linear(tape, active, `${name}.mlp.2`);
  }

  /**
   * The time embedding before its final SiLU, [B, C]: `sigma_map` of the first time plus
   * `sigma_map_prime` of the second. Without a second embedder, `sigma_map` embeds both times.
   */
  timeCondition(tape: Tape, times: Tensor, targetTimes?: Tensor): Value {
    if (targetTimes === undefined) return this.#embedTime(tape, times, "sigma_map");
    using first = this.#embedTime(tape, times, "sigma_map");
    using second = this.#embedTime(
      tape,
      targetTimes,
      this.config.doubleTemb ? "sigma_map_prime" : "sigma_map",
    );
    return add(tape, first, second);
  }

  #embedTime(tape: Tape, times: Tensor, name: string): Value {
    using features = new Value(
      timestepEmbedding(this.gpu, times, { features: TIME_FEATURES }),
      false,
    );
    using wide = this.linear(tape, features, `${name}.mlp.0`);
    using active = silu(tape, wide);
    return this.linear(tape, active, `${name}.mlp.2`);
  }

  #condition(tape: Tape, times: Tensor, targetTimes: Tensor | undefined): Value {
    using sum = this.timeCondition(tape, times, targetTimes);
    return silu(tape, sum);
  }

  /** One block: modulated attention, then a modulated MLP, each behind a gated residual. */
  #block(
    tape: Tape,
    index: number,
    x: Value,
    condition: Value,
    { dropout: dropoutStep, observe }: DenoiserInputs,
  ): Value {
    const { hiddenSize: H, length, numBlocks, dropout: rate } = this.config;
    const name = `blocks.${index}`;
    const dropout = (branch: number): DropoutDraw | undefined => {
      if (dropoutStep === undefined || rate === 0) return undefined;
      const { pass = 0, ...draw } = dropoutStep;
      return { ...draw, rate, layer: 2 * (pass * numBlocks + index) + branch };
    };

    using modulation = this.linear(tape, condition, `${name}.adaLN_modulation`);
    using attended = this.#attention(tape, name, x, modulation, observe);
    const norm = this.value(`${name}.norm2.weight`);
    const places = { gate: 2 * H, shift: 3 * H, scale: 4 * H, length };
    const connected = gatedResidualNorm(tape, x, attended, norm, modulation, {
      ...places,
      dropout: dropout(0),
    });
    using middle = connected.sum;
    using normed = connected.normed;
    const mlp = (tape: Tape, known?: Tensor) => {
      if (known === undefined) return this.#mlp(tape, name, normed);
      // What is computed again begins with the norm, so that its result is not kept either.
      using again = layerNormModulate(tape, middle, norm, modulation, places);
      return this.#mlp(tape, name, again, known);
    };
    using contracted = this.part("mlp", tape, [middle, modulation], mlp);
    return gatedResidual(tape, middle, contracted, modulation, {
      gate: 5 * H,
      length,
      dropout: dropout(1),
    });
  }

  #attention(
    tape: Tape,
    name: string,
    x: Value,
    modulation: Value,
    observe: Observer | undefined,
  ): Value {
    const { hiddenSize: H, numHeads, length } = this.config;
    const shape = { batch: x.shape[0]! / length, length, numHeads };
    using normed = layerNormModulate(tape, x, this.value(`${name}.norm1.weight`), modulation, {
      shift: 0,
      scale: H,
      length,
    });
    using qkv = this.linear(tape, normed, `${name}.attn_qkv`);
    using rotated = rotary(tape, qkv, { ...shape, table: this.rotaryTable });
    observe?.(`${name}.qkv`, rotated);
    using heads = attention(tape, rotated, { ...shape, softCap: ATTENTION_CAP });
    observe?.(`${name}.heads`, heads);
    return this.linear(tape, heads, `${name}.attn_out`);
  }

  #mlp(tape: Tape, name: string, normed: Value, known?: Tensor): Value {
    using wide = this.linear(tape, normed, `${name}.mlp.0`);
    using active = gelu(tape, wide);
    return this.linear(tape, active, `${name}.mlp.2`, known);
  }
}
