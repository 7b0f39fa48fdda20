import { assert } from "@std/assert";
import { gelu, geluErf, silu } from "../../lib/ops/activation.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { checkOp } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

const tanhForm = (v: number) =>
  0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)));

gpuTest("gelu() equals the tanh form and its derivative", (gpu) =>
  checkOp(gpu, {
    inputs: { x: [3, 43] },
    inScale: 4,
    forwardBound: 1e-6,
    gradBound: 1e-5,
    build: (tape, { x }) => gelu(tape, x!),
    reference: ({ x }) => x!.map(tanhForm),
  }));

gpuTest("gelu() has no overflow at large negative and positive inputs", (gpu) =>
  checkOp(gpu, {
    inputs: { x: [4] },
    values: { x: new Float32Array([-1e4, -90, 90, 1e4]) },
    inScale: 1,
    build: (tape, { x }) => gelu(tape, x!),
    reference: ({ x }) => x!.map(tanhForm),
  }));

/** Φ(x) by the series of erf near 0 and by the continued fraction of erfc beyond. */
function normalCdf(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  let erfc: number;
  if (z < 2.5) {
    let term = z;
    let sum = z;
    for (let n = 1; n < 80; n++) {
      term *= -z * z / n;
      sum += term / (2 * n + 1);
    }
    erfc = 1 - 2 / Math.sqrt(Math.PI) * sum;
  } else {
    let fraction = 0;
    for (let n = 60; n > 0; n--) fraction = n / 2 / (z + fraction);
    erfc = Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + fraction);
  }
  return x < 0 ? erfc / 2 : 1 - erfc / 2;
}

gpuTest("geluErf() equals x · Φ(x) and its derivative", (gpu) =>
  checkOp(gpu, {
    inputs: { x: [3, 43] },
    inScale: 4,
    forwardBound: 1e-6,
    gradBound: 1e-6,
    build: (tape, { x }) => geluErf(tape, x!),
    reference: ({ x }) => x!.map((v) => v * normalCdf(v)),
  }));

gpuTest("geluErf() is off by less than 1e-6 anywhere from -20 to 20", async (gpu) => {
  const x = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 100);
  using tape = new Tape(gpu, false);
  using value = new Value(gpu.tensor(x), false);
  using result = geluErf(tape, value);
  const y = await gpu.read(result.tensor);
  for (const [i, v] of x.entries()) {
    const expected = v * normalCdf(v);
    const bound = 1e-6 * Math.max(1, Math.abs(v));
    assert(Math.abs(y[i]! - expected) < bound, `x ${v}: ${y[i]}, not ${expected}`);
  }
});

for (const shape of [[5, 27], [2, 20, 16]]) {
  gpuTest(`silu() equals x·sigmoid(x) and its derivative, shape [${shape}]`, (gpu) =>
    checkOp(gpu, {
      inputs: { x: shape },
      inScale: 6,
      build: (tape, { x }) => silu(tape, x!),
      reference: ({ x }) => x!.map((v) => v / (1 + Math.exp(-v))),
    }));
}

gpuTest("silu() has no overflow at large negative and positive inputs", (gpu) =>
  checkOp(gpu, {
    inputs: { x: [4] },
    values: { x: new Float32Array([-1e4, -90, 90, 1e4]) },
    inScale: 1,
    build: (tape, { x }) => silu(tape, x!),
    reference: ({ x }) => x!.map((v) => v / (1 + Math.exp(-v))),
  }));
