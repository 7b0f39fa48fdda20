import { assertThrows } from "@std/assert";
import { ConfigError, GpuError } from "../../lib/errors.ts";
import { attention, type AttentionShape } from "../../lib/ops/attention.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { SafetensorsFile } from "../../lib/safetensors/reader.ts";
import { assertClose, checkOp, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";
import { runAttention } from "../testing/run_attention.ts";

/** The reference's soft cap. */
const CAP = 50;

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
          return CAP * Math.tanh(s / Math.sqrt(headDim) / CAP);
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
          build: (tape, { qkv }) => attention(tape, qkv!, { ...shape, softCap: CAP, variant }),
          reference: ({ qkv }) => reference(qkv!, shape, headDim),
        }),
    );
  }
}

/** The gradient of Σ dO·o with respect to qkv in float64, from the formulas. */
function referenceGrad(
  qkv: ArrayLike<number>,
  dO: ArrayLike<number>,
  shape: AttentionShape,
  headDim: number,
): Float64Array {
  const { batch, length, numHeads } = shape;
  const hidden = numHeads * headDim;
  const o = reference(qkv, shape, headDim);
  const grad = new Float64Array(qkv.length);
  for (let b = 0; b < batch; b++) {
    for (let head = 0; head < numHeads; head++) {
      const at = (position: number, part: number) =>
        (b * length + position) * 3 * hidden + part * hidden + head * headDim;
      const outAt = (position: number) => (b * length + position) * hidden + head * headDim;
      for (let query = 0; query < length; query++) {
        const dot = (x: ArrayLike<number>, from: number, y: ArrayLike<number>, to: number) => {
          let sum = 0;
          for (let i = 0; i < headDim; i++) sum += x[from + i]! * y[to + i]!;
          return sum;
        };
        const tanhs = Array.from(
          { length },
          (_, key) => Math.tanh(dot(qkv, at(query, 0), qkv, at(key, 1)) / Math.sqrt(headDim) / CAP),
        );
        const top = Math.max(...tanhs);
        const weights = tanhs.map((t) => Math.exp(CAP * (t - top)));
        const sum = weights.reduce((total, weight) => total + weight, 0);
        const delta = dot(dO, outAt(query), o, outAt(query));
        for (let key = 0; key < length; key++) {
          const p = weights[key]! / sum;
          const dp = dot(dO, outAt(query), qkv, at(key, 2));
          const ds = p * (dp - delta) * (1 - tanhs[key]! ** 2) / Math.sqrt(headDim);
          for (let i = 0; i < headDim; i++) {
            grad[at(query, 0) + i]! += ds * qkv[at(key, 1) + i]!;
            grad[at(key, 1) + i]! += ds * qkv[at(query, 0) + i]!;
            grad[at(key, 2) + i]! += p * dO[outAt(query) + i]!;
          }
        }
      }
    }
  }
  return grad;
}

for (const variant of ["cpu", "gpu"] as const) {
  for (
    const { headDim, ...shape } of [
      // More rows than a workgroup owns, and than a tile holds.
      { batch: 2, length: 128, numHeads: 2, headDim: 32 },
      { batch: 1, length: 70, numHeads: 1, headDim: 64 },
      { batch: 1, length: 1024, numHeads: 1, headDim: 8 },
    ]
  ) {
    const { batch, length, numHeads } = shape;
    const name = `batch ${batch}, length ${length}, ${numHeads} heads of ${headDim}`;
    gpuTest(`attention() equals its formulas for ${name} with ${variant} kernels`, async (gpu) => {
      const data = randomNumbers(batch * length * 3 * numHeads * headDim, 5).map((v) => 3 * v);
      const dO = randomNumbers(data.length / 3, 6);
      const { o, grad } = await runAttention(gpu, "f32", data, dO, {
        ...shape,
        softCap: CAP,
        variant,
      });
      assertClose(o, reference(data, shape, headDim), 2e-6, "output");
      assertClose(grad, referenceGrad(data, dO, shape, headDim), 2e-6, "gradient");
    });
  }

  gpuTest(`attention() adds up gradients with ${variant} kernels`, async (gpu) => {
    const shape = { batch: 1, length: 9, numHeads: 2, softCap: CAP, variant };
    const data = randomNumbers(9 * 3 * 2 * 8, 5);
    const dO = randomNumbers(data.length / 3, 6);
    const once = await runAttention(gpu, "f32", data, dO, shape);
    const twice = await runAttention(gpu, "f32", data, dO, shape, 2);
    assertClose(twice.grad, once.grad.map((v) => 2 * v), 1e-6, "gradient of two uses");
  });

  gpuTest(
    `attention() stays exact when every score is at the cap with ${variant} kernels`,
    async (gpu) => {
      const shape = { batch: 1, length: 11, numHeads: 1 };
      for (const sign of [1, -1]) {
        const data = randomNumbers(11 * 12, 5);
        // q·k = ±1e6: all weights are exp(±50), so o is the mean of v.
        for (let row = 0; row < 11; row++) {
          data.fill(1000, row * 12, row * 12 + 4);
          data.fill(sign * 250, row * 12 + 4, row * 12 + 8);
        }
        const dO = randomNumbers(11 * 4, 6);
        const { o, grad } = await runAttention(gpu, "f32", data, dO, {
          ...shape,
          softCap: CAP,
          variant,
        });
        assertClose(o, reference(data, shape, 4), 1e-6, "output");
        assertClose(grad, referenceGrad(data, dO, shape, 4), 1e-6, "gradient");
      }
    },
  );
}

for (const config of ["tiny", "odd"]) {
  gpuTest(`attention() equals the reference's first block of the ${config} model`, async (gpu) => {
    using file = await SafetensorsFile.open(
      new URL(`../golden/${config}_dit_forward.safetensors`, import.meta.url),
    );
    const [batch = 0, length = 0, , numHeads = 0, headDim = 0] =
      file.info("block0.qkv_rotated").shape;
    using tape = new Tape(gpu, false);
    using qkv = new Value(
      gpu.tensor(await file.read("block0.qkv_rotated"), [batch * length, 3 * numHeads * headDim]),
      false,
    );
    for (const variant of ["cpu", "gpu"] as const) {
      using o = attention(tape, qkv, { batch, length, numHeads, softCap: CAP, variant });
      assertClose(await gpu.read(o.tensor), await file.read("block0.attn"), 2e-6, variant);
    }
  });
}

gpuTest("attention() refuses shapes and soft caps that do not fit", (gpu) => {
  using tape = new Tape(gpu, false);
  using qkv = new Value(gpu.zeros([6, 24]), false);
  const shape = { batch: 2, length: 3, numHeads: 1 };
  assertThrows(
    () => attention(tape, qkv, { ...shape, length: 4 }),
    GpuError,
    "of shape [8, 3 x hidden size], not [6,24]",
  );
  assertThrows(
    () => attention(tape, qkv, { ...shape, numHeads: 4 }),
    ConfigError,
    "8 over 4 heads makes 2 dimensions",
  );
  for (const softCap of [0, 0.5, 65, NaN]) {
    assertThrows(() => attention(tape, qkv, { ...shape, softCap }), GpuError, `, not ${softCap}.`);
  }
});
