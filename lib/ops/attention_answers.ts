/**
 * Whether attention on matrix units gives what the streaming kernels give.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { relativeDistance } from "../math/distance.ts";
import { attention, type AttentionVariant } from "./attention.ts";
import { chooseAttention } from "./attention_choice.ts";
import { Tape, Value } from "./tape.ts";

/**
 * Two workgroups' positions of the largest form and a part of a third's, and heads of a usual size.
 */
const SIZE = { batch: 1, length: 133, numHeads: 1, softCap: 50 };
const HEAD_DIM = 32;
/** Of numbers that are rounded to f16 several times on the way. */
const BOUND = 4e-3;

/** What attention on matrix units computed. */
export interface AttentionAnswer {
  /** The larger of the distances of the result and of its gradient from those of f32. */
  readonly error: number;
  /** Whether it is as small as rounding makes it. */
  readonly isRight: boolean;
}

/**
 * Compares attention of f16 numbers on matrix units; undefined where it would not be computed so.
 */
export async function attentionAnswer(gpu: Gpu): Promise<AttentionAnswer | undefined> {
  if (chooseAttention(gpu, "f16", HEAD_DIM) !== "matrix") return undefined;
  // The units go first: where their work is lost, there must be no numbers of another to be found.
  const actual = await compute(gpu, "matrix");
  const expected = await compute(gpu, gpu.kind);
  const error = Math.max(...expected.map((numbers, i) => relativeDistance(actual[i]!, numbers)));
  return { error, isRight: error <= BOUND };
}

/** The result and its gradient; f16 for matrix units, else f32. */
async function compute(gpu: Gpu, variant: AttentionVariant): Promise<Float32Array[]> {
  const dtype = variant === "matrix" ? "f16" : "f32";
  const { batch, length, numHeads } = SIZE;
  const rows = batch * length;
  const columns = numHeads * HEAD_DIM;
  // Numbers that are the same in f16 and f32.
  const numbers = (count: number, seed: number) =>
    Float32Array.from({ length: count }, (_, i) => Math.f16round(2 * Math.sin(seed + i * i)));
  using tape = new Tape(gpu, true);
  using qkv = new Value(
    gpu.tensor(numbers(3 * rows * columns, 1), [rows, 3 * columns], dtype),
    true,
  );
  using o = attention(tape, qkv, { ...SIZE, variant });
  o.addGrad(gpu, (dO) => gpu.write(dO, numbers(rows * columns, 2)));
  tape.backwardFromGrads();
  const answer = [await gpu.read(o.tensor), await gpu.read(qkv.grad!)];
  qkv.dropGrad();
  return answer;
}
