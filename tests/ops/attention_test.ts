import { assertThrows } from "@std/assert";
import { ConfigError, GpuError } from "../../lib/errors.ts";
import { attention, type AttentionShape } from "../../lib/ops/attention.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { assertClose, checkOp, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

/** Attention in float64, with the maximum subtracted as the textbook does. */
function reference(
  qkv: ArrayLike<number>,
  { batch, length, numHeads }: AttentionShape,
  headDim: number,
): Float64Array {
  const hidden = numHeads * headDim;
  const o = new Float64Array(batch * length * hidden);
  const at = (row: number, part: number, head: number) =>
    row * 3 * hidden + part * hidden + head * headDim;
  for (let b = 0; b < batch; b++) {
    for (let head = 0; head < numHeads; head++) {
      for (let query = b * length; query < (b + 1) * length; query++) {
        const scores = Array.from({ length }, (_, key) => {
          let s = 0;
          for (let i = 0; i < headDim; i++) {
            s += qkv[at(query, 0, head) + i]! * qkv[at(b * length + key, 1, head) + i]!;
          }
          return 50 * Math.tanh(s / Math.sqrt(headDim) / 50);
        });
        const max = Math.max(...scores);
        const weights = scores.map((score) => Math.exp(score - max));
        const sum = weights.reduce((total, weight) => total + weight, 0);
        weights.forEach((weight, key) => {
          for (let i = 0; i < headDim; i++) {
            o[query * hidden + head * headDim + i]! += weight / sum *
              qkv[at(b * length + key, 2, head) + i]!;
          }
        });
      }
    }
  }
  return o;
}

const shapes: (AttentionShape & { headDim: number; inScale: number })[] = [
  { batch: 1, length: 1, numHeads: 2, headDim: 4, inScale: 1 },
  { batch: 2, length: 12, numHeads: 1, headDim: 8, inScale: 1 },
  { batch: 1, length: 17, numHeads: 3, headDim: 12, inScale: 1 },
  // Scores of the order of the cap.
  { batch: 1, length: 33, numHeads: 1, headDim: 16, inScale: 6 },
];

for (const variant of ["cpu", "gpu"] as const) {
  for (const { inScale, headDim, ...shape } of shapes) {
    const { batch, length, numHeads } = shape;
    const name = `batch ${batch}, length ${length}, ${numHeads} heads of ${headDim}`;
    gpuTest(
      `attention() and its gradients for ${name} with ${variant} kernels`,
      (gpu) =>
        checkOp(gpu, {
          inputs: { qkv: [batch * length, 3 * numHeads * headDim] },
          inScale,
          build: (tape, { qkv }) => attention(tape, qkv!, { ...shape, variant }),
          reference: ({ qkv }) => reference(qkv!, shape, headDim),
        }),
    );
  }
}
