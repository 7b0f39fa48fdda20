/**
 * Attention at the demo's and the paper's shapes: forward, and forward with backward.
 *
 * The peer does the same sums with its own operations: the products, the soft cap of the scores
 * and the softmax. It is given queries, keys and values apart, heads first, as suits it best.
 *
 * @module
 */

import type { Gpu } from "../lib/gpu/gpu.ts";
import { attention as streaming } from "../lib/ops/attention.ts";
import { Tape, Value } from "../lib/ops/tape.ts";
import { loadDemo } from "./demo.ts";
import { type Jax, type JaxArray, runJax } from "./jax.ts";
import { someNumbers } from "./numbers.ts";
import type { Benchmark, Contender } from "./subject.ts";

interface Shape {
  name: string;
  batch: number;
  length: number;
  numHeads: number;
  headDim: number;
}

async function shapes(): Promise<Shape[]> {
  const { config, model: { hiddenSize, length, numHeads } } = await loadDemo();
  const headDim = hiddenSize / numHeads;
  return [
    { name: "demo", batch: config.train.batchSize, length, numHeads, headDim },
    { name: "paper LM1B", batch: 2, length: 128, numHeads: 12, headDim: 64 },
    { name: "paper OWT", batch: 1, length: 1024, numHeads: 2, headDim: 64 },
  ];
}

/** Two benchmarks for every shape. */
export async function attention(): Promise<Benchmark[]> {
  return (await shapes()).flatMap((shape) => {
    const { name, batch, length, numHeads, headDim } = shape;
    const product = 2e-9 * batch * numHeads * length ** 2 * headDim;
    const common = { shape: `${batch}x${length}x${numHeads}x${headDim}`, unit: "GFLOP/s" as const };
    return [
      {
        ...common,
        name: `attention ${name} forward`,
        work: 2 * product,
        ours: (gpu: Gpu) => ours(gpu, shape, false),
        peer: (jax: Jax) => peer(jax, shape, false),
      },
      {
        ...common,
        name: `attention ${name} forward and backward`,
        // Two products forward and four backward; the scores, computed anew, do not count.
        work: 6 * product,
        ours: (gpu: Gpu) => ours(gpu, shape, true),
        peer: (jax: Jax) => peer(jax, shape, true),
      },
    ];
  });
}

function ours(gpu: Gpu, shape: Shape, training: boolean): Contender {
  const { batch, length, numHeads, headDim } = shape;
  const [rows, hidden] = [batch * length, numHeads * headDim];
  const qkv = new Value(gpu.tensor(someNumbers(rows * hidden * 3, 1), [rows, 3 * hidden]), true);
  const dO = gpu.tensor(someNumbers(rows * hidden, 2), [rows, hidden]);
  return {
    async run(repetitions) {
      for (let i = 0; i < repetitions; i++) {
        using tape = new Tape(gpu, training);
        using o = streaming(tape, qkv, { ...shape, softCap: 50 });
        if (!training) continue;
        o.giveGrad(gpu, dO);
        tape.backwardFromGrads();
        qkv.dropGrad();
      }
      await gpu.finish();
    },
    [Symbol.dispose]() {
      qkv[Symbol.dispose]();
      dO.release();
    },
  };
}

function peer(jax: Jax, shape: Shape, training: boolean): Contender {
  const { numpy: np } = jax;
  const { batch, length, numHeads, headDim } = shape;
  const extents = [batch, numHeads, length, headDim];
  const count = batch * numHeads * length * headDim;
  const [q, k, v, dO] = [1, 2, 3, 4].map((seed) =>
    np.array(someNumbers(count, seed)).reshape(extents)
  ) as [JaxArray, JaxArray, JaxArray, JaxArray];
  const scale = 1 / (50 * Math.sqrt(headDim));
  const forward = (q: JaxArray, k: JaxArray, v: JaxArray) => {
    const scores = np.matmul(q, np.matrixTranspose(k));
    return np.matmul(jax.nn.softmax(np.tanh(scores.mul(scale)).mul(50), -1), v);
  };
  const compiled = training
    ? jax.jit(jax.grad(
      (q: JaxArray, k: JaxArray, v: JaxArray, dO: JaxArray) => forward(q, k, v).mul(dO).sum(),
      { argnums: [0, 1, 2] },
    ))
    : jax.jit(forward);
  const inputs = () => training ? [q.ref, k.ref, v.ref, dO.ref] : [q.ref, k.ref, v.ref];
  return {
    run: (repetitions) =>
      runJax(jax, repetitions, () => (compiled as (...x: JaxArray[]) => JaxArray)(...inputs())),
    [Symbol.dispose]() {
      for (const array of [q, k, v, dO]) array.dispose();
      compiled.dispose();
    },
  };
}
