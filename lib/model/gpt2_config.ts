/**
 * What a GPT-2 consists of: its sizes, read from the `config.json` of a Hugging
 * Face folder, and its parameters with the names and shapes of such files.
 *
 * @module
 */

import { CheckpointError } from "../errors.ts";
import { describeValue } from "../schema/field.ts";
import { parseJson } from "../schema/read_json.ts";
import type { ParameterSpec } from "./parameters.ts";

/** Sizes of a GPT-2. */
export interface Gpt2Config {
  /** Vocabulary size V. */
  vocabSize: number;
  /** The most positions that it knows. */
  contextLength: number;
  /** Width H. */
  hiddenSize: number;
  /** Number of blocks. */
  numBlocks: number;
  /** Attention heads; H must be 4 times a multiple of them. */
  numHeads: number;
  /** Width of the MLPs. */
  innerSize: number;
  /** Added to the variance by LayerNorm. */
  normEps: number;
}

/** Who published GPT-2, as it may stand before the names of the models. */
const OWNER = "openai-community/";

/** Width, blocks and heads of the published models. */
const PUBLISHED: Readonly<Record<string, readonly [number, number, number]>> = {
  "gpt2": [768, 12, 12],
  "gpt2-medium": [1024, 24, 16],
  "gpt2-large": [1280, 36, 20],
  "gpt2-xl": [1600, 48, 25],
};

/** The names of the published models. */
export const GPT2_NAMES: readonly string[] = Object.keys(PUBLISHED);

/** The sizes of a published model by its name, with or without the owner; undefined of others. */
export function gpt2Sizes(name: string): Gpt2Config | undefined {
  const bare = name.replace(OWNER, "");
  if (!Object.hasOwn(PUBLISHED, bare)) return undefined;
  const [hiddenSize, numBlocks, numHeads] = PUBLISHED[bare]!;
  return {
    ...{ vocabSize: 50257, contextLength: 1024, hiddenSize, numBlocks, numHeads },
    ...{ innerSize: 4 * hiddenSize, normEps: 1e-5 },
  };
}

/** Settings that change what is computed, and the values under which it is a GPT-2. */
const FIXED: Readonly<Record<string, readonly unknown[]>> = {
  model_type: ["gpt2"],
  activation_function: ["gelu_new", "gelu_pytorch_tanh"],
  scale_attn_weights: [true],
  scale_attn_by_inverse_layer_idx: [false],
  add_cross_attention: [false],
  tie_word_embeddings: [true],
};

/** More than any GPT-2 has: what is beyond is damage, and no reason to take memory. */
const MAX_SIZE = 2 ** 24;
const MAX_BLOCKS = 2 ** 10;

/**
 * Reads a `config.json`.
 *
 * @param name The file, for messages.
 * @throws {CheckpointError} naming the key that is missing or has another value than GPT-2's.
 */
export function parseGpt2Config(text: string, name: string): Gpt2Config {
  const fail = (reason: string) => new CheckpointError(`Cannot read ${name}: ${reason}`);
  const document = { name, error: CheckpointError };
  const json = parseJson(text, document) as Record<string, unknown> | null;
  const size = (key: string, ...others: string[]): number => {
    const value = [key, ...others].map((each) => json?.[each]).find((each) => each != null);
    const max = key === "n_layer" ? MAX_BLOCKS : MAX_SIZE;
    if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= max) {
      return value;
    }
    throw fail(`"${key}" is ${describeValue(value)}, expected a whole number from 1 to ${max}`);
  };
  for (const [key, values] of Object.entries(FIXED)) {
    const value = json?.[key];
    if (value === undefined || values.includes(value)) continue;
    throw fail(
      `"${key}" is ${describeValue(value)}, but a GPT-2 has ${JSON.stringify(values[0])}`,
    );
  }
  const eps = json?.layer_norm_epsilon ?? 1e-5;
  if (typeof eps !== "number" || !(eps > 0)) {
    throw fail(`"layer_norm_epsilon" is ${describeValue(eps)}, expected a number above 0`);
  }
  const hiddenSize = size("n_embd");
  const numHeads = size("n_head");
  if (hiddenSize % (4 * numHeads) !== 0) {
    throw fail(`"n_embd" is ${hiddenSize}, not a multiple of 4 times its ${numHeads} heads`);
  }
  return {
    vocabSize: size("vocab_size"),
    contextLength: size("n_positions", "n_ctx"),
    hiddenSize,
    numBlocks: size("n_layer"),
    numHeads,
    innerSize: json?.n_inner == null ? 4 * hiddenSize : size("n_inner"),
    normEps: eps,
  };
}

/**
 * The parameters of a GPT-2 under the names of Hugging Face files without their prefix. Weights
 * of linear layers are [in, out] (`Conv1D`); the output layer is `wte.weight`.
 */
export function gpt2ParameterSpecs(config: Gpt2Config): ParameterSpec[] {
  const { vocabSize, contextLength, hiddenSize, numBlocks, innerSize } = config;
  const spec = (name: string, ...shape: number[]): ParameterSpec => ({
    name,
    shape,
    init: { kind: "constant", value: 0 },
  });
  const norm = (name: string) => [
    spec(`${name}.weight`, hiddenSize),
    spec(`${name}.bias`, hiddenSize),
  ];
  const linear = (name: string, fanIn: number, fanOut: number) => [
    spec(`${name}.weight`, fanIn, fanOut),
    spec(`${name}.bias`, fanOut),
  ];
  const specs = [
    spec("wte.weight", vocabSize, hiddenSize),
    spec("wpe.weight", contextLength, hiddenSize),
  ];
  for (let i = 0; i < numBlocks; i++) {
    const name = `h.${i}`;
    specs.push(
      ...norm(`${name}.ln_1`),
      ...linear(`${name}.attn.c_attn`, hiddenSize, 3 * hiddenSize),
      ...linear(`${name}.attn.c_proj`, hiddenSize, hiddenSize),
      ...norm(`${name}.ln_2`),
      ...linear(`${name}.mlp.c_fc`, hiddenSize, innerSize),
      ...linear(`${name}.mlp.c_proj`, innerSize, hiddenSize),
    );
  }
  specs.push(...norm("ln_f"));
  return specs;
}
