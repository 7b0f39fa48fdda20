/**
 * The demo's training step written for jax-js, as one would write it for JAX: one jitted function
 * of value and gradient, clipping, AdamW and EMA. It is spared what flm does besides: corrupted
 * rows and time features are given to it, and its noise is not drawn anew.
 *
 * jax-js counts references: a function consumes its arguments, `x.ref` keeps one for later.
 *
 * @module
 */

import { type DitConfig, ditParameterSpecs, TIME_FEATURES } from "../lib/model/dit_specs.ts";
import type { Jax, JaxArray } from "./jax.ts";
import { someNumbers } from "./numbers.ts";
import type { Contender } from "./subject.ts";

type Arrays = Record<string, JaxArray>;

/** Everything that a step changes. */
type State = { weights: Arrays; mean: Arrays; square: Arrays; average: Arrays };

/** What every step is given. */
type Batch = {
  rows: JaxArray;
  targets: JaxArray;
  features: JaxArray;
  cos: JaxArray;
  sin: JaxArray;
};

const BETA1 = 0.9;
const BETA2 = 0.999;
const EMA_DECAY = 0.99;
const LEARNING_RATE = 1e-3;

/** A contender that takes training steps of a DiT. */
export function jaxTrainingStep(jax: Jax, config: DitConfig, batchSize: number): Contender {
  const step = jax.jit(makeStep(jax, config, batchSize));
  let state = initialState(jax, config);
  const batch = makeBatch(jax, config, batchSize);
  return {
    async run(repetitions) {
      for (let i = 0; i < repetitions; i++) {
        state = step(state, jax.tree.ref(batch)) as State;
      }
      await jax.blockUntilReady(state);
    },
    [Symbol.dispose]() {
      jax.tree.dispose(state);
      jax.tree.dispose(batch);
      step.dispose();
    },
  };
}

function makeStep(jax: Jax, config: DitConfig, batchSize: number) {
  const { numpy: np } = jax;
  const lossAndGrad = jax.valueAndGrad((weights: Arrays, batch: Batch) =>
    loss(jax, config, batchSize, weights, batch)
  );
  return ({ weights, mean, square, average }: State, batch: Batch): State => {
    const [value, grads] = lossAndGrad(jax.tree.ref(weights), batch) as [JaxArray, Arrays];
    value.dispose();
    let norm = np.array(0);
    for (const name in grads) norm = norm.add(np.square(grads[name]!.ref).sum());
    const clip = np.minimum(np.reciprocal(np.sqrt(norm).add(1e-6)), 1);
    const next: State = { weights: {}, mean: {}, square: {}, average: {} };
    for (const name in grads) {
      const grad = grads[name]!.mul(clip.ref);
      const m = mean[name]!.mul(BETA1).add(grad.ref.mul(1 - BETA1));
      const v = square[name]!.mul(BETA2).add(np.square(grad).mul(1 - BETA2));
      const change = m.ref.div(np.sqrt(v.ref).add(1e-8)).mul(LEARNING_RATE);
      const weight = weights[name]!.sub(change);
      next.average[name] = average[name]!.mul(EMA_DECAY).add(weight.ref.mul(1 - EMA_DECAY));
      next.weights[name] = weight;
      next.mean[name] = m;
      next.square[name] = v;
    }
    clip.dispose();
    return next;
  };
}

function loss(
  jax: Jax,
  { hiddenSize, length, numBlocks, numHeads }: DitConfig,
  batchSize: number,
  weights: Arrays,
  { rows, targets, features, cos, sin }: Batch,
): JaxArray {
  const { numpy: np } = jax;
  const headDim = hiddenSize / numHeads;
  const get = (name: string) => weights[name]!;
  const linear = (x: JaxArray, name: string) => {
    const y = np.matmul(x, get(`${name}.weight`).transpose());
    return weights[`${name}.bias`] === undefined ? y : y.add(get(`${name}.bias`));
  };
  /** Columns of a modulation, for all positions of a sample. */
  const parts = (modulation: JaxArray, count: number) =>
    np.split(modulation.reshape([batchSize, 1, count * hiddenSize]), count, -1);
  const modulate = (x: JaxArray, norm: string, shift: JaxArray, scale: JaxArray) =>
    jax.nn.standardize(x, -1).mul(get(`${norm}.weight`)).mul(scale.add(1)).add(shift);
  const rotate = (x: JaxArray) => {
    const [a, b] = np.split(x, 2, -1) as [JaxArray, JaxArray];
    return np.concatenate([
      a.ref.mul(cos.ref).sub(b.ref.mul(sin.ref)),
      b.mul(cos.ref).add(a.mul(sin.ref)),
    ], -1);
  };
  const attention = (qkv: JaxArray) => {
    // [3, batch, heads, length, headDim]
    const heads = qkv.reshape([batchSize, length, 3, numHeads, headDim]).transpose([2, 0, 3, 1, 4]);
    const [q, k, v] = np.split(heads, 3, 0).map((part) =>
      part.reshape([batchSize, numHeads, length, headDim])
    ) as [JaxArray, JaxArray, JaxArray];
    const scores = np.matmul(rotate(q), np.matrixTranspose(rotate(k)));
    const capped = np.tanh(scores.mul(1 / (50 * Math.sqrt(headDim)))).mul(50);
    return np.matmul(jax.nn.softmax(capped, -1), v).transpose([0, 2, 1, 3])
      .reshape([batchSize, length, hiddenSize]);
  };

  const embedded = linear(jax.nn.silu(linear(features, "sigma_map.mlp.0")), "sigma_map.mlp.2");
  const condition = jax.nn.silu(embedded);
  let x = np.matmul(rows, get("vocab_embed.embedding")).reshape([batchSize, length, hiddenSize]);
  for (let i = 0; i < numBlocks; i++) {
    const name = `blocks.${i}`;
    const [shift1, scale1, gate1, shift2, scale2, gate2] = parts(
      linear(condition.ref, `${name}.adaLN_modulation`),
      6,
    ) as [JaxArray, JaxArray, JaxArray, JaxArray, JaxArray, JaxArray];
    const normed = modulate(x.ref, `${name}.norm1`, shift1, scale1);
    const attended = attention(linear(normed, `${name}.attn_qkv`));
    x = x.add(linear(attended, `${name}.attn_out`).mul(gate1));
    const wide = linear(modulate(x.ref, `${name}.norm2`, shift2, scale2), `${name}.mlp.0`);
    x = x.add(linear(jax.nn.gelu(wide), `${name}.mlp.2`).mul(gate2));
  }
  cos.dispose();
  sin.dispose();
  const [shift, scale] = parts(linear(condition, "output_layer.adaLN_modulation"), 2) as [
    JaxArray,
    JaxArray,
  ];
  const logits = linear(
    modulate(x, "output_layer.norm_final", shift, scale),
    "output_layer.linear",
  );
  return jax.nn.logSoftmax(logits, -1).mul(targets).sum().mul(-1 / (batchSize * length));
}

function initialState(jax: Jax, config: DitConfig): State {
  const { numpy: np } = jax;
  const state: State = { weights: {}, mean: {}, square: {}, average: {} };
  for (const [index, { name, shape, init }] of ditParameterSpecs(config).entries()) {
    const count = shape.reduce((product, extent) => product * extent, 1);
    const values = init.kind === "constant"
      ? new Float32Array(count).fill(init.value)
      : someNumbers(count, index).map((value) => value * init.bound);
    state.weights[name] = np.array(values).reshape([...shape]);
    state.average[name] = np.array(values).reshape([...shape]);
    state.mean[name] = np.zeros([...shape]);
    state.square[name] = np.zeros([...shape]);
  }
  return state;
}

function makeBatch(
  jax: Jax,
  { vocabSize, length, hiddenSize, numHeads }: DitConfig,
  batchSize: number,
): Batch {
  const { numpy: np } = jax;
  const rows = batchSize * length;
  const targets = new Float32Array(rows * vocabSize);
  for (let row = 0; row < rows; row++) targets[row * vocabSize + (row * 7919) % vocabSize] = 1;
  const half = hiddenSize / numHeads / 2;
  const angles = Float32Array.from(
    { length: length * half },
    (_, i) => Math.floor(i / half) * 10000 ** (-(i % half) / half),
  );
  return {
    rows: np.array(someNumbers(rows * vocabSize, 1)).reshape([rows, vocabSize]),
    targets: np.array(targets).reshape([batchSize, length, vocabSize]),
    features: np.array(someNumbers(batchSize * TIME_FEATURES, 2)).reshape([
      batchSize,
      TIME_FEATURES,
    ]),
    cos: np.array(angles.map(Math.cos)).reshape([length, half]),
    sin: np.array(angles.map(Math.sin)).reshape([length, half]),
  };
}
