/**
 * A network, an operation and an optimizer that flm does not have, made of its public parts: an
 * MLP-Mixer, whose blocks mix positions by a matrix [L, L] and channels by an MLP, and Lion.
 *
 * @module
 */

import { defineKernel, type Gpu, type Tensor } from "@flm/flm/gpu";
import {
  flmObjective,
  flmSteps,
  flowWriter,
  type Method,
  networkConfig,
  number,
  readOptions,
  type Section,
} from "@flm/flm/methods";
import {
  add,
  type BiasedHead,
  elementwise,
  embedDense,
  embedTokens,
  gelu,
  layerNormModulate,
  type Parameter,
  type RowSource,
  type Tape,
  timestepEmbedding,
  Value,
} from "@flm/flm/ops";
import {
  type Denoiser,
  type DenoiserInputs,
  type DitConfig,
  initialise,
  type NamedTensor,
  Network,
  type OptimConfig,
  type Optimizer,
  type OptimizerStep,
  type ParameterSpec,
  ParameterStore,
  zerosLike,
} from "@flm/flm/train";

const PARAMS = `
//# include elementwise
struct Params { count: u32, length: u32, hidden: u32 }
@group(1) @binding(0) var<uniform> params: Params;
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> z: array<f32>;
`;
const ADD_OR_SET = `
//# if ACCUMULATE
  sum += z[i];
//# end
  z[i] = sum;
}`;
const MIX = defineKernel(
  "mix_positions",
  `${PARAMS}
// z[b, l, h] = sum_k y[l, k] x[b, k, h], or with yᵀ
fn element(i: u32) {
  let h = i % params.hidden;
  let l = i / params.hidden % params.length;
  let first = i / params.hidden - l;
  var sum = 0.0;
  for (var k = 0u; k < params.length; k++) {
//# if TRANSPOSED
    let weight = y[k * params.length + l];
//# else
    let weight = y[l * params.length + k];
//# end
    sum += weight * x[(first + k) * params.hidden + h];
  }
${ADD_OR_SET}`,
);
const MIX_WEIGHT = defineKernel(
  "mix_positions_weight",
  `${PARAMS}
// z[l, k] = sum_{b, h} y[b, l, h] x[b, k, h]
fn element(i: u32) {
  let l = i / params.length * params.hidden;
  let k = i % params.length * params.hidden;
  let sample = params.length * params.hidden;
  var sum = 0.0;
  for (var first = 0u; first < arrayLength(&x); first += sample) {
    for (var h = 0u; h < params.hidden; h++) {
      sum += y[first + l + h] * x[first + k + h];
    }
  }
${ADD_OR_SET}`,
);

/** `y[b, l] = Σ_k w[l, k]·x[b, k]`: x [B·L, H], w [L, L]. Saves both for backward. */
export function mixPositions(tape: Tape, x: Value, w: Value): Value {
  const { gpu } = tape;
  const [length, hidden] = [w.shape[0]!, x.shape[1]!];
  const call = (x: Tensor, y: Tensor, z: Tensor) => {
    const { constants, count, grid } = elementwise(gpu.kind, z.size);
    return { constants, call: { bind: { x, y, z }, params: { count, length, hidden }, grid } };
  };
  const mix = (from: Tensor, to: Tensor, TRANSPOSED: number, ACCUMULATE: number) => {
    const { constants, call: work } = call(from, w.tensor, to);
    gpu.run(MIX, { ...constants, TRANSPOSED, ACCUMULATE }, work);
  };
  const y = gpu.empty(x.shape);
  mix(x.tensor, y, 0, 0);
  return tape.record(y, [x, w], [x.tensor, w.tensor], (dy) => {
    x.addGrad(gpu, (dx, accumulate) => mix(dy, dx, 1, Number(accumulate)));
    w.addGrad(gpu, (dw, accumulate) => {
      const { constants, call: work } = call(x.tensor, dy, dw);
      gpu.run(MIX_WEIGHT, { ...constants, ACCUMULATE: Number(accumulate) }, work);
    });
  });
}

/** Features of a time. */
const FEATURES = 32;

/** An MLP-Mixer; its option `expansion` is the width of the MLPs over its own. */
export class Mixer extends Network implements Denoiser {
  static specs({ vocabSize, hiddenSize, length, numBlocks, options }: DitConfig): ParameterSpec[] {
    const uniform = (name: string, ...shape: number[]): ParameterSpec => {
      const bound = 1 / Math.sqrt(shape.at(-1)!);
      return { name, shape, init: { kind: "uniform", bound } };
    };
    const constant = (name: string, value: number, ...shape: number[]): ParameterSpec => {
      return { name, shape, init: { kind: "constant", value } };
    };
    const width = Number(options!.expansion) * hiddenSize;
    const block = (name: string) => [
      constant(`${name}.norm`, 1, hiddenSize),
      uniform(`${name}.time.weight`, 2 * hiddenSize, FEATURES),
      uniform(`${name}.mix`, length, length),
      uniform(`${name}.up.weight`, width, hiddenSize),
      constant(`${name}.up.bias`, 0, width),
      uniform(`${name}.down.weight`, hiddenSize, width),
    ];
    return [
      uniform("embedding", vocabSize, hiddenSize),
      ...Array.from({ length: numBlocks }, (_, i) => block(`blocks.${i}`)).flat(),
      constant("head.weight", 0, vocabSize, hiddenSize),
      constant("head.bias", 0, vocabSize),
    ];
  }

  static create(gpu: Gpu, config: DitConfig, grads: boolean): Mixer {
    const parameters = new ParameterStore(gpu, Mixer.specs(config), grads);
    return Network.owner(new Mixer(gpu, config, parameters));
  }

  get embedding(): Parameter {
    return this.parameters.get("embedding");
  }

  get head(): BiasedHead {
    const [weight, bias] = ["head.weight", "head.bias"].map((name) => this.parameters.get(name));
    return { weight: weight!, bias: bias!, logitCap: this.config.logitCap };
  }

  embedDense(tape: Tape, source: RowSource, rows: number): Value {
    return embedDense(tape, source, this.embedding, { rows });
  }

  embedTokens(tape: Tape, tokens: Tensor): Value {
    return embedTokens(tape, tokens, this.embedding);
  }

  forward(tape: Tape, embedded: Value, { times }: DenoiserInputs): Value {
    const { length, hiddenSize, numBlocks } = this.config;
    using features = new Value(timestepEmbedding(this.gpu, times, { features: FEATURES }), false);
    let x = embedded;
    for (let i = 0; i < numBlocks; i++) {
      const name = `blocks.${i}`;
      using modulation = this.linear(tape, features, `${name}.time`);
      const options = { shift: 0, scale: hiddenSize, length };
      using norm = layerNormModulate(tape, x, this.value(`${name}.norm`), modulation, options);
      using mixed = mixPositions(tape, norm, this.value(`${name}.mix`));
      using sum = add(tape, x, mixed);
      using up = this.linear(tape, sum, `${name}.up`);
      using active = gelu(tape, up);
      using down = this.linear(tape, active, `${name}.down`);
      const next = add(tape, sum, down);
      if (x !== embedded) x[Symbol.dispose]();
      x = next;
    }
    return x;
  }

  lossWeighting(): Value {
    throw new Error("a mixer has no learnable loss weighting");
  }
}

/** Its own settings. */
interface Options {
  readonly expansion: number;
}

const OPTIONS: Section<Options> = {
  keys: { expansion: number({ doc: "Width of the MLPs over that of the network.", min: 1 }) },
};

/** An FLM whose network is a {@linkcode Mixer}. */
export const mixer: Method<Mixer, never> = {
  kind: "mixer",
  title: "FLM of a mixer",
  networkClass: Mixer,
  learnsFrom: {},
  section: null,
  options: OPTIONS,
  next: null,
  isCrossEntropy: true,
  isDenoiser: true,
  writer: flowWriter(flmSteps),
  training({ config, tokenizer }) {
    const { expansion } = readOptions(config, OPTIONS);
    return {
      modelConfig: { ...networkConfig(config, tokenizer), options: { expansion } },
      start: (model) => initialise(model, config.seed),
      objective: flmObjective,
    };
  },
  inputs: ({ options }) => ({ options }),
};

const LION = defineKernel(
  "lion",
  `
//# include elementwise
struct Params { count: u32, lr: f32, beta1: f32, beta2: f32, keep: f32, clip: f32 }
@group(1) @binding(0) var<uniform> params: Params;
@group(0) @binding(0) var<storage, read_write> p: array<f32>;
@group(0) @binding(1) var<storage, read> grad: array<f32>;
@group(0) @binding(2) var<storage, read_write> m: array<f32>;
@group(0) @binding(3) var<storage, read> norm: array<f32>;
//# if COUNT
@group(0) @binding(4) var<storage, read_write> skipped: array<u32>;
//# end

fn element(i: u32) {
  if ((bitcast<u32>(norm[0]) & 0x7f800000u) == 0x7f800000u) {
//# if COUNT
    if (i == 0u) { skipped[0]++; }
//# end
    return;
  }
  let g = grad[i] * min(1.0, params.clip / (norm[0] + 1e-6));
  p[i] = params.keep * p[i] - params.lr * sign(mix(g, m[i], params.beta1));
  m[i] = mix(g, m[i], params.beta2);
}`,
);

/** Lion (Chen et al., arXiv:2302.06675): steps of one size in the direction of a momentum. */
export class Lion implements Optimizer {
  readonly skipped: Tensor;
  readonly #store: ParameterStore;
  readonly #optim: OptimConfig;
  readonly #momentum: ParameterStore;

  constructor(store: ParameterStore, optim: OptimConfig) {
    this.#store = store;
    this.#optim = optim;
    this.#momentum = zerosLike(store);
    this.skipped = store.gpu.zeros([1], "u32");
  }

  get tensors(): NamedTensor[] {
    return this.#momentum.tensors.map((each) => ({ ...each, name: `momentum.${each.name}` }));
  }

  step({ lr }: OptimizerStep, norm: Tensor): void {
    const { gpu, segments } = this.#store;
    const { beta1, beta2, weightDecay, gradClip: clip } = this.#optim;
    for (const [i, { values, grads }] of segments.entries()) {
      const { constants, count, grid } = elementwise(gpu.kind, values.size);
      const m = this.#momentum.segments[i]!.values;
      const bind = { p: values, grad: grads!, m, norm, ...(i === 0 && { skipped: this.skipped }) };
      const params = { count, lr, beta1, beta2, keep: 1 - lr * weightDecay, clip };
      gpu.run(LION, { ...constants, COUNT: Number(i === 0) }, { bind, params, grid });
    }
  }

  [Symbol.dispose](): void {
    this.#momentum[Symbol.dispose]();
    this.skipped.release();
  }
}
