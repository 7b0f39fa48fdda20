/**
 * Attention by itself, forward and backward.
 *
 * @module
 */

import type { Gpu } from "../../lib/gpu/gpu.ts";
import type { DType } from "../../lib/gpu/tensor.ts";
import { attention, type AttentionOptions } from "../../lib/ops/attention.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";

/**
 * The result `o` [batch·length, hidden] and the gradient [batch·length, 3·hidden] that `uses` of
 * one qkv, whose numbers are `data`, add up from the gradient `dO` of the result.
 */
export async function runAttention(
  gpu: Gpu,
  dtype: DType,
  data: Float32Array,
  dO: Float32Array,
  options: AttentionOptions,
  uses = 1,
): Promise<{ o: Float32Array; grad: Float32Array }> {
  const { batch, length } = options;
  const shape = [batch * length, data.length / (batch * length)];
  using tape = new Tape(gpu, true);
  using qkv = new Value(gpu.tensor(data, shape, dtype), true);
  const outputs = Array.from({ length: uses }, () => attention(tape, qkv, options));
  for (const output of outputs) output.addGrad(gpu, (target) => gpu.write(target, dO));
  tape.backwardFromGrads();
  const result = { o: await gpu.read(outputs[0]!.tensor), grad: await gpu.read(qkv.grad!) };
  for (const output of outputs) output[Symbol.dispose]();
  qkv.dropGrad();
  return result;
}
