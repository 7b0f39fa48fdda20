/**
 * GPT-2: the causal transformer that texts are judged by.
 *
 * @module
 */

import { nextTokens } from "../data/next_tokens.ts";
import { DataError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { gelu } from "../ops/activation.ts";
import { add } from "../ops/add.ts";
import { attention } from "../ops/attention.ts";
import { crossEntropyHead } from "../ops/cross_entropy.ts";
import { embedTokens } from "../ops/embedding.ts";
import { layerNorm } from "../ops/layer_norm.ts";
import { linear } from "../ops/linear.ts";
import { Tape, type Value } from "../ops/tape.ts";
import { type Gpt2Config, gpt2ParameterSpecs } from "./gpt2_config.ts";
import { type Parameter, ParameterStore } from "./parameters.ts";

/** Most tokens that pass through the network at once. */
const MAX_TOKENS = 4096;

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

  /**
   * The hidden states [batch·length, H] that the output projection turns into logits.
   *
   * @param ids Token ids [batch · length].
   */
  forward(tape: Tape, ids: Uint32Array, length: number): Value {
    const { gpu } = tape;
    using tokens = gpu.tensor(ids);
    using positions = gpu.tensor(Uint32Array.from(ids, (_, i) => i % length));
    using embedded = embedTokens(tape, tokens, this.embedding);
    using places = embedTokens(tape, positions, this.parameters.get("wpe.weight"));
    let hidden = add(tape, embedded, places);
    for (let i = 0; i < this.config.numBlocks; i++) {
      using before = hidden;
      hidden = this.#block(tape, `h.${i}`, before, length);
    }
    using last = hidden;
    return this.#norm(tape, last, "ln_f");
  }

  /**
   * The negative log-likelihood, in nats, of every token but the first of each sequence, given
   * those before it. Logits are made in chunks of rows, and long lists in several passes.
   *
   * @param ids Token ids [batch · length].
   * @returns [batch · (length − 1)].
   * @throws {DataError} if an id lies outside the vocabulary or `length` is not in
   * 2 … `contextLength`.
   */
  async score(ids: Uint32Array, length: number): Promise<Float32Array> {
    const { vocabSize, contextLength, innerSize } = this.config;
    if (!Number.isInteger(length) || length < 2 || length > contextLength) {
      throw new DataError(
        `Cannot score sequences of ${length} tokens: expected 2 to ${contextLength}.`,
      );
    }
    const outside = ids.findIndex((id) => id >= vocabSize);
    if (outside >= 0) {
      throw new DataError(
        `Cannot score token ${ids[outside]}: the vocabulary has ${vocabSize}, from 0 on. Does ` +
          `the tokenizer belong to the model?`,
      );
    }
    if (ids.length % length !== 0) {
      throw new DataError(`${ids.length} tokens are not whole sequences of ${length}.`);
    }
    const batch = ids.length / length;
    const inputs = length - 1;
    const widest = Math.floor(this.gpu.maxBindingBytes / (4 * innerSize));
    const most = Math.max(1, Math.floor(Math.min(MAX_TOKENS, widest) / inputs));
    const scores = new Float32Array(batch * inputs);
    for (let first = 0; first < batch; first += most) {
      const count = Math.min(most, batch - first);
      const part = ids.subarray(first * length, (first + count) * length);
      const { context, next } = nextTokens(part, length);
      scores.set(await this.#losses(context, next, inputs), first * inputs);
    }
    return scores;
  }

  async #losses(
    context: Uint32Array,
    next: Uint32Array<ArrayBuffer>,
    length: number,
  ): Promise<Float32Array> {
    using tape = new Tape(this.gpu, false);
    using hidden = this.forward(tape, context, length);
    using targets = this.gpu.tensor(next);
    using losses = crossEntropyHead(tape, hidden, this.embedding, undefined, targets, {
      logitCap: null,
    });
    return await this.gpu.read(losses.tensor);
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
    using heads = attention(tape, qkv, { ...shape, causal: true, softCap: false });
    return this.#linear(tape, heads, `${name}.attn.c_proj`);
  }
}
