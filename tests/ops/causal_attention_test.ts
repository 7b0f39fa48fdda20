import { assertEquals } from "@std/assert";
import { attention, type AttentionShape } from "../../lib/ops/attention.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { assertClose, checkOp, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

/** What is attended to, and how. */
interface Form {
  causal: boolean;
  softCap: number | null;
}

/** Attention in float64, with the maximum subtracted as the textbook does. */
function reference(
  qkv: ArrayLike<number>,
  { batch, length, numHeads }: AttentionShape,
  headDim: number,
  { causal, softCap }: Form,
): Float64Array {
  const hidden = numHeads * headDim;
  const o = new Float64Array(batch * length * hidden);
  const at = (row: number, part: number, head: number) =>
    row * 3 * hidden + part * hidden + head * headDim;
  for (let job = 0; job < batch * numHeads * length; job++) {
    const position = job % length;
    const head = Math.floor(job / length) % numHeads;
    const first = Math.floor(job / length / numHeads) * length;
    const scores = Array.from({ length: causal ? position + 1 : length }, (_, key) => {
      let s = 0;
      for (let i = 0; i < headDim; i++) {
        s += qkv[at(first + position, 0, head) + i]! * qkv[at(first + key, 1, head) + i]!;
      }
      s /= Math.sqrt(headDim);
      return softCap === null ? s : softCap * Math.tanh(s / softCap);
    });
    const max = Math.max(...scores);
    const weights = scores.map((score) => Math.exp(score - max));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    weights.forEach((weight, key) => {
      for (let i = 0; i < headDim; i++) {
        o[(first + position) * hidden + head * headDim + i]! += weight / sum *
          qkv[at(first + key, 2, head) + i]!;
      }
    });
  }
  return o;
}

const FORMS: readonly Form[] = [
  { causal: true, softCap: null },
  { causal: true, softCap: 50 },
  { causal: false, softCap: null },
  { causal: false, softCap: 7 },
];

for (const variant of ["cpu", "gpu"] as const) {
  for (const form of FORMS) {
    const title = `${form.causal ? "causal" : "bidirectional"} attention() ${
      form.softCap === null ? "without a cap" : `with a cap of ${form.softCap}`
    }, ${variant} kernels`;
    for (
      const { headDim, inScale, ...shape } of [
        { batch: 1, length: 1, numHeads: 1, headDim: 4, inScale: 1 },
        { batch: 2, length: 11, numHeads: 3, headDim: 4, inScale: 1 },
        { batch: 1, length: 19, numHeads: 1, headDim: 8, inScale: 3 },
      ]
    ) {
      gpuTest(`${title}: gradients at length ${shape.length}`, (gpu) =>
        checkOp(gpu, {
          inputs: { qkv: [shape.batch * shape.length, 3 * shape.numHeads * headDim] },
          inScale,
          build: (tape, { qkv }) => attention(tape, qkv!, { ...shape, ...form, variant }),
          reference: ({ qkv }) => reference(qkv!, shape, headDim, form),
        }));
    }

    gpuTest(`${title}: many tiles`, async (gpu) => {
      // More rows than a workgroup owns and than a tile holds; scores up to about 200.
      for (
        const { headDim, ...shape } of [
          { batch: 2, length: 131, numHeads: 2, headDim: 32 },
          { batch: 1, length: 517, numHeads: 1, headDim: 8 },
        ]
      ) {
        const rows = shape.batch * shape.length;
        const columns = 3 * shape.numHeads * headDim;
        const data = randomNumbers(rows * columns, 5).map((v) => 8 * v);
        using tape = new Tape(gpu, false);
        using qkv = new Value(gpu.tensor(data, [rows, columns]), false);
        using o = attention(tape, qkv, { ...shape, ...form, variant });
        const expected = reference(data, shape, headDim, form);
        assertClose(await gpu.read(o.tensor), expected, 2e-5, `length ${shape.length}`);
      }
    });
  }

  gpuTest(`causal attention() does not see later positions, ${variant} kernels`, async (gpu) => {
    const shape = { batch: 1, length: 75, numHeads: 2, causal: true, variant };
    const data = randomNumbers(75 * 24, 5);
    const changed = data.map((v, i) => i >= 40 * 24 ? 1000 - v : v);
    using tape = new Tape(gpu, false);
    const run = async (numbers: Float32Array) => {
      using qkv = new Value(gpu.tensor(new Float32Array(numbers), [75, 24]), false);
      using o = attention(tape, qkv, shape);
      return (await gpu.read(o.tensor)).subarray(0, 40 * 8);
    };
    assertEquals(await run(changed), await run(data));
  });
}
