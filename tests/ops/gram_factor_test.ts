import { assert, assertEquals } from "@std/assert";
import type { AdapterKind } from "../../lib/gpu/adapter.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { ParameterStore } from "../../lib/model/parameters.ts";
import { gramFactor, JITTER } from "../../lib/ops/gram_factor.ts";
import { Tape } from "../../lib/ops/tape.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";

/** Runs on a device of its own, which must end with the live bytes it began with. */
function kindTest(
  name: string,
  test: (gpu: Gpu) => Promise<void>,
  maxBindingBytes?: number,
): void {
  for (const kind of ["cpu", "gpu"] satisfies AdapterKind[]) {
    Deno.test({
      name: `${name}, ${kind} variant`,
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        using gpu = await Gpu.open({ kind, ...(maxBindingBytes && { maxBindingBytes }) });
        await test(gpu);
        await gpu.finish();
        assertEquals(gpu.memory().inUse, 0);
      },
    });
  }
}

/** A weight W with gradients that are not zero at first. */
function storeOf(gpu: Gpu, values: Float32Array, H: number): ParameterStore {
  const shape = [values.length / H, H];
  const store = new ParameterStore(
    gpu,
    [{ name: "W", shape, init: { kind: "constant", value: 0 } }],
    true,
  );
  store.write("W", values);
  for (const { value } of store.get("W").windows) {
    gpu.write(value.grad!, new Float32Array(value.grad!.size).fill(0.5));
  }
  return store;
}

/** WᵀW + ε·diag(WᵀW), in float64. */
function gramOf(w: ArrayLike<number>, H: number): Float64Array {
  return Float64Array.from({ length: H * H }, (_, at) => {
    const [i, j] = [Math.floor(at / H), at % H];
    let sum = 0;
    for (let v = 0; v < w.length; v += H) sum += w[v + i]! * w[v + j]!;
    return i === j ? sum * (1 + JITTER) : sum;
  });
}

/** The lower triangular L with L·Lᵀ = G, row by row. */
function choleskyOf(gram: Float64Array, H: number): Float64Array {
  const l = new Float64Array(H * H);
  for (let i = 0; i < H; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = gram[i * H + j]!;
      for (let k = 0; k < j; k++) sum -= l[i * H + k]! * l[j * H + k]!;
      l[i * H + j] = i === j ? Math.sqrt(sum) : sum / l[j * H + j]!;
    }
  }
  return l;
}

/** A·B or, if `transposed`, A·Bᵀ for A [M, K], in float64. */
function product(a: ArrayLike<number>, b: ArrayLike<number>, K: number, transposed = false) {
  const N = b.length / K;
  return Float64Array.from({ length: a.length / K * N }, (_, at) => {
    const [m, n] = [Math.floor(at / N), at % N];
    let sum = 0;
    for (let k = 0; k < K; k++) sum += a[m * K + k]! * b[transposed ? n * K + k : k * N + n]!;
    return sum;
  });
}

/** Factor and gradient of W for the gradient that `upstream` gives for the factor. */
async function runFactor(
  gpu: Gpu,
  w: Float32Array,
  H: number,
  upstream: (factor: Float32Array) => ArrayLike<number>,
): Promise<{ factor: Float32Array; grad: Float32Array }> {
  using store = storeOf(gpu, w, H);
  using tape = new Tape(gpu, true);
  using value = gramFactor(tape, store.get("W"));
  assertEquals(value.shape, [H, H]);
  const factor = await gpu.read(value.tensor);
  value.addGrad(gpu, (target) => gpu.write(target, Float32Array.from(upstream(factor))));
  tape.backwardFromGrads();
  return { factor, grad: (await store.read("W", "grad")).map((each) => each - 0.5) };
}

for (const [V, H] of [[9, 1], [101, 7], [203, 32], [170, 33], [311, 71]] as const) {
  kindTest(`gramFactor() is the Cholesky factor of WᵀW, ${V} × ${H}`, async (gpu) => {
    const w = randomNumbers(V * H, 5);
    const dL = randomNumbers(H * H, 6);
    const { factor, grad } = await runFactor(gpu, w, H, () => dL);
    const l = choleskyOf(gramOf(w, H), H);
    assertClose(factor, l, 1e-5, "factor");
    factor.forEach((value, at) => {
      if (at % H > Math.floor(at / H)) assertEquals(value, 0, "above the diagonal");
    });
    // W·L⁻ᵀ, row by row.
    const q = new Float64Array(V * H);
    for (let v = 0; v < V; v++) {
      for (let i = 0; i < H; i++) {
        let sum = w[v * H + i]!;
        for (let k = 0; k < i; k++) sum -= q[v * H + k]! * l[i * H + k]!;
        q[v * H + i] = sum / l[i * H + i]!;
      }
    }
    assertClose(grad, product(q, dL, H, true), 1e-4, "gradient");
  });
}

/** A function of G = L·Lᵀ, and how it changes with W and with L: by W·slope and slope·L. */
function lossOfGram(H: number) {
  const r = randomNumbers(H * H, 8);
  const slope = (factor: ArrayLike<number>) => {
    const d = product(factor, factor, H, true).map((g, i) => 2 * r[i]! * g);
    return d.map((each, at) => each + d[(at % H) * H + Math.floor(at / H)]!);
  };
  return {
    loss: (gram: ArrayLike<number>) => r.reduce((sum, each, i) => sum + each * gram[i]! ** 2, 0),
    slope,
    upstream: (factor: ArrayLike<number>) => product(slope(factor), factor, H),
  };
}

for (const [V, H] of [[23, 5], [91, 37]] as const) {
  kindTest(`gramFactor() differentiates functions of L·Lᵀ, ${V} × ${H}`, async (gpu) => {
    const w = randomNumbers(V * H, 9);
    const { loss, upstream } = lossOfGram(H);
    const { grad } = await runFactor(gpu, w, H, upstream);
    const exact = Float64Array.from(w);
    for (let at = 0; at < w.length; at += 17) {
      const by = (difference: number) => {
        const moved = exact.slice();
        moved[at]! += difference;
        return loss(gramOf(moved, H));
      };
      const expected = (by(1e-5) - by(-1e-5)) / 2e-5;
      const scale = Math.hypot(...grad) / Math.sqrt(grad.length);
      assert(Math.abs(grad[at]! - expected) < 1e-3 * scale, `${at}: ${grad[at]}, not ${expected}`);
    }
  });
}

kindTest("gramFactor() bears columns that depend on others, and columns of zeros", async (gpu) => {
  const [V, H] = [157, 45];
  const w = randomNumbers(V * H, 10);
  const noise = randomNumbers(V, 11);
  for (let v = 0; v < V; v++) {
    const row = w.subarray(v * H, (v + 1) * H);
    row[3] = 0;
    row[7] = row[2]!;
    row[40] = row[5]! + 1e-4 * noise[v]!;
    row[41] = row[5]! - row[6]! + 1e-6 * noise[v]!;
    for (let h = 20; h < 30; h++) row[h]! *= 1e-4;
  }
  const { slope, upstream } = lossOfGram(H);
  const { factor, grad } = await runFactor(gpu, w, H, upstream);
  const gram = gramOf(w, H);
  product(factor, factor, H, true).forEach((value, at) => {
    const [i, j] = [Math.floor(at / H), at % H];
    const size = Math.sqrt(gram[i * H + i]! * gram[j * H + j]!);
    assert(
      Math.abs(value - gram[at]!) <= 2 * JITTER * size + 1e-29,
      `${at}: ${value}, not ${gram[at]}`,
    );
  });
  assertClose(grad, product(w, slope(factor), H), 1e-3, "gradient");
});

kindTest("gramFactor() works on a weight split into windows", async (gpu) => {
  const [V, H] = [230, 10];
  const w = randomNumbers(V * H, 12);
  const { upstream } = lossOfGram(H);
  const { factor, grad } = await runFactor(gpu, w, H, upstream);
  assertClose(factor, choleskyOf(gramOf(w, H), H), 1e-5, "factor");
  using whole = await Gpu.open({ kind: gpu.kind });
  assertClose(grad, (await runFactor(whole, w, H, upstream)).grad, 1e-4, "gradient");
}, 8192);
