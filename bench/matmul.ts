/**
 * The matrix product: a cube, every product of the demo's layers, and the paper's.
 *
 * @module
 */

import type { Gpu } from "../lib/gpu/gpu.ts";
import type { Tensor } from "../lib/gpu/tensor.ts";
import { matmul as product } from "../lib/ops/matmul.ts";
import { loadDemo } from "./demo.ts";
import { type Jax, type JaxArray, runJax } from "./jax.ts";
import { someNumbers } from "./numbers.ts";
import { linearLayer, type Product } from "./products.ts";
import type { Benchmark, Contender } from "./subject.ts";

async function products(gpu: Gpu): Promise<Product[]> {
  const { config, model: { hiddenSize, length } } = await loadDemo();
  const rows = config.train.batchSize * length;
  const paper = 768;
  // As many rows of the paper's vocabulary of 50257 as one binding holds: flm takes windows.
  const vocabulary = Math.min(50257, Math.floor(gpu.maxBindingBytes / (paper * 4)));
  return [
    { name: "matmul", M: 1024, N: 1024, K: 1024, aT: false, bT: false },
    ...linearLayer("demo qkv", rows, hiddenSize, 3 * hiddenSize),
    ...linearLayer("demo attn_out", rows, hiddenSize, hiddenSize),
    ...linearLayer("demo mlp.0", rows, hiddenSize, 4 * hiddenSize),
    ...linearLayer("demo mlp.2", rows, 4 * hiddenSize, hiddenSize),
    ...linearLayer("paper qkv", 256, paper, 3 * paper),
    ...linearLayer("paper mlp.0", 256, paper, 4 * paper),
    ...linearLayer("paper head", 16, paper, vocabulary),
  ];
}

/** A benchmark for every product. */
export async function matmul(gpu: Gpu): Promise<Benchmark[]> {
  return (await products(gpu)).map((p) => ({
    name: p.name,
    shape: `${p.M}x${p.N}x${p.K}`,
    unit: "GFLOP/s",
    work: 2e-9 * p.M * p.N * p.K,
    ours: (gpu) => ours(gpu, p),
    peer: (jax) => peer(jax, p),
  }));
}

function shapes({ M, N, K, aT, bT }: Product): { a: [number, number]; b: [number, number] } {
  return { a: aT ? [K, M] : [M, K], b: bT ? [N, K] : [K, N] };
}

function ours(gpu: Gpu, p: Product): Contender {
  const { M, N, K, aT, bT } = p;
  const { a, b } = shapes(p);
  const x = gpu.tensor(someNumbers(M * K, 1), a);
  const y = gpu.tensor(someNumbers(K * N, 2), b);
  const c = gpu.empty([M, N]);
  const stored = (view: Tensor, transposed: boolean) => ({
    view,
    stride: view.shape[1]!,
    transposed,
  });
  return {
    async run(repetitions) {
      for (let i = 0; i < repetitions; i++) {
        product(gpu, { M, N, K, a: stored(x, aT), b: stored(y, bT), c: { view: c, stride: N } });
      }
      await gpu.finish();
    },
    [Symbol.dispose]() {
      for (const tensor of [x, y, c]) tensor.release();
    },
  };
}

function peer(jax: Jax, p: Product): Contender {
  const { numpy: np } = jax;
  const { M, N, K, aT, bT } = p;
  const { a, b } = shapes(p);
  const x = np.array(someNumbers(M * K, 1)).reshape(a);
  const y = np.array(someNumbers(K * N, 2)).reshape(b);
  const multiply = jax.jit((x: JaxArray, y: JaxArray) =>
    np.matmul(aT ? x.transpose() : x, bT ? y.transpose() : y)
  );
  return {
    run: (repetitions) => runJax(jax, repetitions, () => multiply(x.ref, y.ref)),
    [Symbol.dispose]() {
      x.dispose();
      y.dispose();
      multiply.dispose();
    },
  };
}
