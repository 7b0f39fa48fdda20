/**
 * What a DiT consists of: its sizes, and its parameters with the reference's
 * names, shapes and initialisation.
 *
 * @module
 */

import type { Init, ParameterSpec } from "./parameters.ts";

/** Sizes and options of a DiT. */
export interface DitConfig {
  /** Vocabulary size V. */
  vocabSize: number;
  /** Sequence length L. */
  length: number;
  /** Width H. */
  hiddenSize: number;
  /** Number of transformer blocks. */
  numBlocks: number;
  /** Attention heads; H must be a multiple. */
  numHeads: number;
  /** Width C of the time conditioning. */
  condDim: number;
  /** Dropout rate of the attention and MLP outputs in training. */
  dropout: number;
  /** Whether a second time is embedded by `sigma_map_prime`: flow maps. */
  doubleTemb: boolean;
  /** Whether the model carries the learnable loss weighting. */
  learnableLossWeighting: boolean;
  /** Logits pass `cap·tanh(z/cap)` before a softmax; null for none. */
  logitCap: number | null;
  /** What a network of another kind has besides, by name: sizes, choices; nothing unless given. */
  options?: Readonly<Record<string, string | number | boolean | null>>;
}

/** Features of the sinusoidal time embedding. */
export const TIME_FEATURES = 256;
/** Hidden width of the learnable loss weighting. */
const WEIGHTING_WIDTH = 128;
/** The MLP's width over the model's. */
export const MLP_RATIO = 4;

const ZERO: Init = { kind: "constant", value: 0 };
const ONE: Init = { kind: "constant", value: 1 };

const VOCABULARY = ["vocab_embed.embedding", "output_layer.linear.weight"];
const HIDDEN = /^blocks\.\d+\.(attn_qkv|attn_out|mlp\.[02])\.weight$/;

/**
 * The groups that optimizers may treat otherwise: `vectors` (biases, scales of norms), `vocabulary`
 * (embedding, output projection), `hidden` (the matrices of attention and MLP), and "" for what
 * time steers.
 */
function grouped(specs: readonly ParameterSpec[]): ParameterSpec[] {
  return specs.map((spec) => ({ ...spec, group: groupOf(spec) }));
}

function groupOf({ name, shape }: ParameterSpec): string {
  if (shape.length === 1) return "vectors";
  if (VOCABULARY.includes(name)) return "vocabulary";
  return HIDDEN.test(name) ? "hidden" : "";
}

/** PyTorch's default for `nn.Linear`: weight and bias uniform in ±1/√fanIn. */
function linear(name: string, fanOut: number, fanIn: number, bias = true, init?: Init) {
  init ??= { kind: "uniform", bound: 1 / Math.sqrt(fanIn) };
  const weight: ParameterSpec = { name: `${name}.weight`, shape: [fanOut, fanIn], init };
  return bias ? [weight, { name: `${name}.bias`, shape: [fanOut], init }] : [weight];
}

function timeEmbedder(name: string, width: number): ParameterSpec[] {
  return [
    ...linear(`${name}.mlp.0`, width, TIME_FEATURES),
    ...linear(`${name}.mlp.2`, width, width),
  ];
}

function embedding(vocabSize: number, hiddenSize: number): ParameterSpec {
  return {
    name: "vocab_embed.embedding",
    shape: [vocabSize, hiddenSize],
    init: { kind: "uniform", bound: 1 / Math.sqrt(hiddenSize) },
  };
}

/** Attention and MLP of a block. */
function block(name: string, hiddenSize: number): ParameterSpec[] {
  return [
    { name: `${name}.norm1.weight`, shape: [hiddenSize], init: ONE },
    ...linear(`${name}.attn_qkv`, 3 * hiddenSize, hiddenSize, false),
    ...linear(`${name}.attn_out`, hiddenSize, hiddenSize, false),
    { name: `${name}.norm2.weight`, shape: [hiddenSize], init: ONE },
    ...linear(`${name}.mlp.0`, MLP_RATIO * hiddenSize, hiddenSize),
    ...linear(`${name}.mlp.2`, hiddenSize, MLP_RATIO * hiddenSize),
  ];
}

/**
 * The parameters of a DiT in the order of the reference's state_dict (`models/dit.py`, `DIT`).
 * Every adaLN modulation and the output projection start at zero; the embedding starts uniform
 * in ±1/√H.
 */
export function ditParameterSpecs(config: DitConfig): ParameterSpec[] {
  const { vocabSize, hiddenSize, numBlocks, condDim } = config;
  const specs = [embedding(vocabSize, hiddenSize)];
  specs.push(...timeEmbedder("sigma_map", condDim));
  if (config.doubleTemb) specs.push(...timeEmbedder("sigma_map_prime", condDim));
  if (config.learnableLossWeighting) {
    const name = "learnable_loss_weighting";
    specs.push(
      ...timeEmbedder(`${name}.s_embed`, condDim),
      ...linear(`${name}.mlp.0`, WEIGHTING_WIDTH, condDim),
      ...linear(`${name}.mlp.2`, 1, WEIGHTING_WIDTH, true, ZERO),
    );
  }
  for (let i = 0; i < numBlocks; i++) {
    const name = `blocks.${i}`;
    specs.push(
      ...block(name, hiddenSize),
      ...linear(`${name}.adaLN_modulation`, 6 * hiddenSize, condDim, true, ZERO),
    );
  }
  specs.push(
    { name: "output_layer.norm_final.weight", shape: [hiddenSize], init: ONE },
    ...linear("output_layer.linear", vocabSize, hiddenSize, true, ZERO),
    ...linear("output_layer.adaLN_modulation", 2 * hiddenSize, condDim, true, ZERO),
  );
  return grouped(specs);
}

/**
 * The parameters of the causal baseline (the reference's `DDiTBlockCausal`): those of a DiT
 * without everything that time steers.
 */
export function causalParameterSpecs(config: DitConfig): ParameterSpec[] {
  const { vocabSize, hiddenSize, numBlocks } = config;
  const specs = [embedding(vocabSize, hiddenSize)];
  for (let i = 0; i < numBlocks; i++) specs.push(...block(`blocks.${i}`, hiddenSize));
  specs.push(
    { name: "output_layer.norm_final.weight", shape: [hiddenSize], init: ONE },
    ...linear("output_layer.linear", vocabSize, hiddenSize, true, ZERO),
  );
  return grouped(specs);
}
