/**
 * Questions to a device whose answers are known: computed in float64, from the equations.
 *
 * @module
 */

import type { Gpu } from "../../lib/gpu/gpu.ts";
import { layerNorm } from "../../lib/ops/layer_norm.ts";
import { matmul } from "../../lib/ops/matmul.ts";
import { softmaxRows } from "../../lib/ops/softmax.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { fillUniform } from "../../lib/random/fill.ts";
import { Philox, Stream } from "../../lib/random/philox.ts";
import type { Answer } from "./report.ts";

const philox = new Philox(2026, Stream.Noise);

/** `count` numbers from −1 to 1, the same for every call with this `draw`. */
function someNumbers(count: number, draw: number): Float32Array {
  const numbers = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    numbers[i] = 2 * philox.uniforms(i >> 2, draw, 0, 0)[i % 4]! - 1;
  }
  return numbers;
}

/** Asks all questions. Sizes are odd: a kernel's edges are where a driver goes wrong first. */
export async function askAll(gpu: Gpu): Promise<Answer[]> {
  return [
    await askProduct(gpu),
    await askSoftmax(gpu),
    await askLayerNorm(gpu),
    await askPhilox(gpu),
  ];
}

function answerOf(
  name: string,
  bound: number,
  found: Float32Array,
  expected: (i: number) => number,
): Answer {
  let error = 0;
  for (let i = 0; i < found.length; i++) {
    const own = Math.abs(found[i]! - expected(i));
    // Whatever is no number is wrong.
    error = own >= 0 ? Math.max(error, own) : NaN;
    if (Number.isNaN(error)) break;
  }
  return { name, error, bound };
}

/** C = A·Bᵀ of A [M,K] and B [N,K]. */
async function askProduct(gpu: Gpu): Promise<Answer> {
  const [M, N, K] = [37, 53, 131];
  const [a, b] = [someNumbers(M * K, 1), someNumbers(N * K, 2)];
  using x = gpu.tensor(a, [M, K]);
  using y = gpu.tensor(b, [N, K]);
  using z = gpu.empty([M, N]);
  const stored = { a: { view: x, stride: K }, b: { view: y, stride: K, transposed: true } };
  matmul(gpu, { M, N, K, ...stored, c: { view: z, stride: N } });
  return answerOf("matrix product", 5e-5, await gpu.read(z), (i) => {
    let sum = 0;
    for (let k = 0; k < K; k++) sum += a[Math.floor(i / N) * K + k]! * b[i % N * K + k]!;
    return sum;
  });
}

/** exp(x_v) / Σ_u exp(x_u) of rows of many numbers. */
async function askSoftmax(gpu: Gpu): Promise<Answer> {
  const columns = 1237;
  const x = someNumbers(3 * columns, 3).map((value) => 20 * value);
  using y = gpu.tensor(x, [3, columns]);
  softmaxRows(gpu, y);
  const sums = [0, 1, 2].map((row) =>
    x.subarray(row * columns, (row + 1) * columns).reduce((sum, value) => sum + Math.exp(value), 0)
  );
  const expected = (i: number) => Math.exp(x[i]!) / sums[Math.floor(i / columns)]!;
  return answerOf("softmax", 1e-6, await gpu.read(y), expected);
}

/** (x − mean)/√(variance + 1e-5)·weight + bias, row by row. */
async function askLayerNorm(gpu: Gpu): Promise<Answer> {
  const [rows, hidden] = [9, 131];
  const x = someNumbers(rows * hidden, 4);
  const [w, b] = [someNumbers(hidden, 5), someNumbers(hidden, 6)];
  using tape = new Tape(gpu, false);
  using input = new Value(gpu.tensor(x, [rows, hidden]), false);
  using weight = new Value(gpu.tensor(w), false);
  using bias = new Value(gpu.tensor(b), false);
  using output = layerNorm(tape, input, weight, bias);
  return answerOf("layer norm", 1e-5, await gpu.read(output.tensor), (i) => {
    const h = i % hidden;
    const row = x.subarray(i - h, i - h + hidden);
    const mean = row.reduce((sum, value) => sum + value, 0) / hidden;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / hidden;
    return (row[h]! - mean) / Math.sqrt(variance + 1e-5) * w[h]! + b[h]!;
  });
}

/** Random numbers, which must be the host's to the last bit: all draws and batches are. */
async function askPhilox(gpu: Gpu): Promise<Answer> {
  using y = gpu.empty([1001]);
  const counter = [7, 0xfffffff0, 3] as const;
  fillUniform(gpu, y, { key: philox.key, counter }, 0, 1);
  const expected = (i: number) => philox.uniforms(i >> 2, ...counter)[i % 4]!;
  return answerOf("Philox", 0, await gpu.read(y), expected);
}
