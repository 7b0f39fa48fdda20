/**
 * GPT-2: the causal transformer that texts are judged by.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { gelu } from "../ops/activation.ts";
import { add } from "../ops/add.ts";
import { attention } from "../ops/attention.ts";
import { crossEntropyHead } from "../ops/cross_entropy.ts";
import { embedTokens } from "../ops/embedding.ts";
import type { Head } from "../ops/head.ts";
import { layerNorm } from "../ops/layer_norm.ts";
import { linear } from "../ops/linear.ts";
import type { Parameter } from "../ops/parameter.ts";
import type { Tape, Value } from "../ops/tape.ts";
import { type Gpt2Config, gpt2ParameterSpecs } from "./gpt2_config.ts";
import { ParameterStore } from "./parameters.ts";
import { scoreTokens } from "./score_tokens.ts";

/** A GPT-2 with its parameters on the GPU, for inference. */
export class Gpt2 implements Disposable {
  /** Where the model lives. */
  readonly gpu: Gpu;
  /** Its sizes. */
  readonly config: Gpt2Config;
  /** The parameters, under the names of Hugging Face files. */
  readonly parameters: ParameterStore;

  /** A model of which all parameters are zero; see gpt2_load.ts. */
  constructor(gpu: Gpu, config: Gpt2Config) {
    this.gpu = gpu;
    this.config = config;
    this.parameters = new ParameterStore(gpu, gpt2ParameterSpecs(config), false);
  }

  /** The embedding [V, H], which is the output projection too. */
  get embedding(): Parameter {
    return this.parameters.get("wte.weight");
  }

  /** The output projection. */
  get head(): Head {
    return { weight: this.embedding, bias: undefined, logitCap: null };
  }

  /**
   * The hidden states [batch·length, H] that the output projection turns into logits.
   *
   * @param tokens Token ids, `u32` [batch · length].
   */
  forward(tape: Tape, tokens: Tensor, length: number): Value {
    const places = Uint32Array.from({ length: tokens.size }, (_, i) => i % length);
    using positions = tape.gpu.tensor(places);
    using embedded = embedTokens(tape, tokens, this.embedding);
    using placed = embedTokens(tape, positions, this.parameters.get("wpe.weight"));
    let hidden = add(tape, embedded, placed);
    for (let i = 0; i < this.config.numBlocks; i++) {
      using before = hidden;
      hidden = this.#block(tape, `h.${i}`, before, length);
    }
    using last = hidden;
    return this.#norm(tape, last, "ln_f");
  }

  /**
   * The negative log-likelihoods of tokens, in nats; see {@linkcode scoreTokens}. Logits are made
   * in chunks of rows.
   *
   * @throws {DataError} if an id lies outside the vocabulary or `length` is not in
   * 2 … `contextLength`.
   */
  score(ids: Uint32Array, length: number): Promise<Float32Array> {
    const { vocabSize, contextLength, innerSize } = this.config;
    return scoreTokens(
      {
        gpu: this.gpu,
        vocabSize,
        contextLength,
        widest: innerSize,
        losses: (tape, context, next, length) => {
          using hidden = this.forward(tape, context, length);
          return crossEntropyHead(tape, hidden, this.head, next);
        },
      },
      ids,
      length,
    );
  }

  /** Frees the parameters. */
  [Symbol.dispose](): void {
    this.parameters[Symbol.dispose]();
  }

  #value(name: string): Value {
    return this.parameters.get(name).value;
  }

  #norm(tape: Tape, x: Value, name: string): Value {
    const [weight, bias] = [this.#value(`${name}.weight`), this.#value(`${name}.bias`)];
    return layerNorm(tape, x, weight, bias, { eps: this.config.normEps });
  }

  #linear(tape: Tape, x: Value, name: string): Value {
    const [weight, bias] = [this.#value(`${name}.weight`), this.#value(`${name}.bias`)];
    return linear(tape, x, weight, bias, { transposed: true });
  }

  /** One block: causal attention, then an MLP, each added to what it was given. */
  #block(tape: Tape, name: string, x: Value, length: number): Value {
    using attended = this.#attention(tape, name, x, length);
    using middle = add(tape, x, attended);
    using normed = this.#norm(tape, middle, `${name}.ln_2`);
    using wide = this.#linear(tape, normed, `${name}.mlp.c_fc`);
    using active = gelu(tape, wide);
    using contracted = this.#linear(tape, active, `${name}.mlp.c_proj`);
    return add(tape, middle, contracted);
  }

  #attention(tape: Tape, name: string, x: Value, length: number): Value {
    const { numHeads } = this.config;
    const shape = { batch: x.shape[0]! / length, length, numHeads };
    using normed = this.#norm(tape, x, `${name}.ln_1`);
    using qkv = this.#linear(tape, normed, `${name}.attn.c_attn`);
    using heads = attention(tape, qkv, { ...shape, causal: true });
    return this.#linear(tape, heads, `${name}.attn.c_proj`);
  }
}
