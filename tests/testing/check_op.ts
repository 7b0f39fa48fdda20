/**
 * Checks an operation against a plain float64 reference: its output, and its
 * gradients against central differences of that reference. The operation sits
 * in the middle of a graph and its upstream gradient is neither 1 nor uniform.
 *
 * @module
 */

import { assert } from "@std/assert";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { scale } from "../../lib/ops/scale.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";

/** A small deterministic generator of numbers in [-1, 1) (mulberry32). */
export function randomNumbers(count: number, seed: number): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    values[i] = ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  }
  return values;
}

/** L2 norm of the difference over the L2 norm of `expected` (or 1 if that is 0). */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert(actual.length === expected.length, `${actual.length} values, not ${expected.length}`);
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2;
    norm += expected[i]! ** 2;
  }
  // A NaN anywhere must fail every bound.
  return Math.sqrt(difference) / (norm > 0 ? Math.sqrt(norm) : 1);
}

/** Fails unless {@linkcode relativeError} is at most `bound` (NaN fails). */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  bound: number,
  what: string,
): void {
  const error = relativeError(actual, expected);
  assert(error <= bound, `${what}: relative error ${error}, bound ${bound}`);
}

/** An operation to check. */
export interface OpCase {
  /** Shape of each differentiable input; values are random unless `values` has them. */
  inputs: Record<string, readonly number[]>;
  /** Values of some inputs, in place of random numbers. */
  values?: Record<string, Float32Array>;
  /** Records the operation. */
  build: (tape: Tape, inputs: Record<string, Value>) => Value;
  /** The same in float64, from row-major inputs to the row-major output. */
  reference: (inputs: Record<string, Float64Array>) => ArrayLike<number>;
  /** Bound of the output's relative error; 1e-5 unless told. */
  forwardBound?: number;
  /** Bound of each gradient's relative error; 1e-4 unless told. */
  gradBound?: number;
  /** Factor applied to every input before the operation; 0.5 unless told. */
  inScale?: number;
}

/**
 * The gradient that {@linkcode checkOp} gives an output of so many numbers: 3 times random ones.
 */
export function upstreamGradient(count: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(randomNumbers(count, 99), (value) => 3 * value);
}

/** Runs an {@linkcode OpCase}. */
export async function checkOp(gpu: Gpu, test: OpCase): Promise<void> {
  const { inputs, values = {}, build, reference, forwardBound = 1e-5, gradBound = 1e-4 } = test;
  const inScale = test.inScale ?? 0.5;
  const names = Object.keys(inputs);
  const data = Object.fromEntries(names.map((name, i) => [
    name,
    values[name] ?? randomNumbers(inputs[name]!.reduce((a, b) => a * b, 1), 17 + i),
  ]));

  using tape = new Tape(gpu, true);
  const leaves: Record<string, Value> = {};
  const scaled: Record<string, Value> = {};
  for (const name of names) {
    leaves[name] = new Value(gpu.tensor(data[name]!, inputs[name]!), true);
    scaled[name] = scale(tape, leaves[name], inScale);
  }
  const output = build(tape, scaled);
  const actual = await gpu.read(output.tensor);

  const evaluate = (at: Record<string, Float64Array>) =>
    reference(Object.fromEntries(names.map((name) => [name, at[name]!.map((v) => v * inScale)])));
  const exact = Object.fromEntries(names.map((name) => [name, new Float64Array(data[name]!)]));
  assertClose(actual, evaluate(exact), forwardBound, "output");

  const upstream = upstreamGradient(actual.length);
  output.addGrad(gpu, (target) => gpu.write(target, upstream));
  tape.backwardFromGrads();
  const objective = (at: Record<string, Float64Array>) => {
    const y = evaluate(at);
    let sum = 0;
    for (let i = 0; i < upstream.length; i++) sum += upstream[i]! * y[i]!;
    return sum;
  };
  for (const name of names) {
    const grad = leaves[name]!.grad;
    assert(grad !== undefined, `${name} has a gradient`);
    const expected = exact[name]!.map((value, i) => {
      const step = 1e-5 * Math.max(1, Math.abs(value));
      const at = (v: number) =>
        objective({ ...exact, [name]: exact[name]!.map((old, j) => (j === i ? v : old)) });
      return (at(value + step) - at(value - step)) / (2 * step);
    });
    assertClose(await gpu.read(grad), expected, gradBound, `gradient of ${name}`);
  }
  output[Symbol.dispose]();
  for (const name of names) {
    scaled[name]![Symbol.dispose]();
    leaves[name]!.dropGrad();
    leaves[name]![Symbol.dispose]();
  }
}
