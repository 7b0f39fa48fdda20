import { assert, assertEquals, assertThrows } from "@std/assert";
import { GpuError } from "../../lib/errors.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { ParameterStore } from "../../lib/model/parameters.ts";
import { crossEntropyHead } from "../../lib/ops/cross_entropy.ts";
import { scale } from "../../lib/ops/scale.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { assertClose, checkOp, randomNumbers, upstreamGradient } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";
import { headOf } from "../testing/head.ts";

/** Per-token losses in float64. */
function reference(
  hidden: ArrayLike<number>,
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
  targets: Uint32Array,
  cap: number | null,
): Float64Array {
  const V = bias.length;
  const H = weight.length / V;
  return Float64Array.from(targets, (target, m) => {
    const z = Array.from({ length: V }, (_, v) => {
      let sum = bias[v]!;
      for (let h = 0; h < H; h++) sum += hidden[m * H + h]! * weight[v * H + h]!;
      return cap === null ? sum : cap * Math.tanh(sum / cap);
    });
    const max = Math.max(...z);
    return max + Math.log(z.reduce((sum, v) => sum + Math.exp(v - max), 0)) - z[target]!;
  });
}

/** Targets that cover the first, the last and other classes. */
function someTargets(count: number, V: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, m) => m === 0 ? V - 1 : (m * 7) % V);
}

const CASES = [null, 2].flatMap((logitCap) =>
  [1, 8, 256].flatMap((lanes) =>
    // 5 rows of 13 logits: in one chunk, and in chunks of 2 rows.
    [1 << 20, 2 * 13 * 4].flatMap((chunkBytes) =>
      [false, true].map((ahead) => ({ logitCap, lanes, chunkBytes, ahead }))
    )
  )
);

for (const { logitCap, lanes, chunkBytes, ahead } of CASES) {
  const when = ahead ? "with the gradient known before" : "with the gradient in backward";
  const how = `cap ${logitCap}, ${lanes} lanes, chunks of ${chunkBytes} bytes, ${when}`;
  gpuTest(`crossEntropyHead() equals the formula and its gradients: ${how}`, async (gpu) => {
    const targets = someTargets(5, 13);
    using targetTensor = gpu.tensor(targets);
    using upstream = gpu.tensor(upstreamGradient(5));
    await checkOp(gpu, {
      inputs: { hidden: [5, 6], weight: [13, 6], bias: [13] },
      inScale: 2,
      gradBound: 2e-5,
      build: (tape, { hidden, weight, bias }) =>
        crossEntropyHead(
          tape,
          hidden!,
          headOf(weight!, bias!, logitCap),
          targetTensor,
          { chunkBytes, lanes, lossGrads: ahead ? upstream : undefined },
        ),
      reference: ({ hidden, weight, bias }) =>
        reference(hidden!, weight!, bias!, targets, logitCap),
    });
  });
}

/** Loss and gradients of a head in a parameter store, twice back-propagated from `dloss`. */
async function runInStore(
  gpu: Gpu,
  [M, V, H]: readonly [number, number, number],
  { chunkBytes, ahead = false }: { chunkBytes?: number; ahead?: boolean } = {},
) {
  const data = {
    "w": randomNumbers(V * H, 1),
    "b": randomNumbers(V, 2),
  };
  const hiddenData = randomNumbers(M * H, 3);
  using store = new ParameterStore(gpu, [
    { name: "w", shape: [V, H], init: { kind: "constant", value: 0 } },
    { name: "b", shape: [V], init: { kind: "constant", value: 0 } },
  ], true);
  store.write("w", data.w);
  store.write("b", data.b);
  using targets = gpu.tensor(someTargets(M, V));
  using tape = new Tape(gpu, true);
  using leaf = new Value(gpu.tensor(hiddenData, [M, H]), true);
  using hidden = scale(tape, leaf, 1);
  gpu.resetPeak();
  const start = gpu.memory().inUse;
  const head = { weight: store.get("w"), bias: store.get("b"), logitCap: 5 };
  const dloss = randomNumbers(M, 4);
  using known = gpu.tensor(dloss);
  const lossGrads = ahead ? known : undefined;
  using loss = crossEntropyHead(tape, hidden, head, targets, { chunkBytes, lossGrads });
  loss.addGrad(gpu, (target) => gpu.write(target, dloss));
  tape.backwardFromGrads();
  const result = {
    windows: store.get("w").windows.length,
    peak: gpu.memory().peak - start,
    loss: await gpu.read(loss.tensor),
    dHidden: await gpu.read(leaf.grad!),
    dWeight: await store.read("w", "grad"),
    dBias: await store.read("b", "grad"),
  };
  leaf.dropGrad();
  return result;
}

gpuTest("crossEntropyHead() is the same when windows and chunks are split", async (gpu) => {
  const shape = [37, 1201, 24] as const;
  const whole = await runInStore(gpu, shape);
  using small = await Gpu.open({ maxBindingBytes: 1 << 16 });
  const split = await runInStore(small, shape);
  assertEquals([whole.windows, split.windows], [1, 2]);
  assertClose(split.loss, whole.loss, 1e-6, "loss");
  assertClose(split.dHidden, whole.dHidden, 2e-6, "gradient of hidden");
  assertClose(split.dWeight, whole.dWeight, 2e-6, "gradient of the weight");
  assertClose(split.dBias, whole.dBias, 2e-6, "gradient of the bias");
  await small.finish();
});

gpuTest("crossEntropyHead() gives the same bits with the gradient known before", async (gpu) => {
  const shape = [37, 1201, 24] as const;
  for (const chunkBytes of [1 << 20, 5 * 1201 * 4]) {
    const { peak: _, ...later } = await runInStore(gpu, shape, { chunkBytes });
    const { peak: __, ...ahead } = await runInStore(gpu, shape, { chunkBytes, ahead: true });
    assertEquals(ahead, later);
  }
});

for (const ahead of [false, true]) {
  const when = ahead ? "with the gradient known before" : "with the gradient in backward";
  gpuTest(`crossEntropyHead() holds no more than a chunk of logits ${when}`, async (gpu) => {
    const [M, V, H] = [64, 3001, 8] as const;
    const { peak } = await runInStore(gpu, [M, V, H], { chunkBytes: 8 * V * 4, ahead });
    // The rest is H wide, or the copy of W that some matrix products make.
    assert(peak < 10 * V * 4 + 12 * (M + V) * H, `peak ${peak} bytes`);
  });
}

gpuTest("crossEntropyHead() throws when the targets or the chunk do not fit", (gpu) => {
  using tape = new Tape(gpu, false);
  using hidden = new Value(gpu.zeros([2, 3]), false);
  using weight = new Value(gpu.zeros([9, 3]), false);
  using bias = new Value(gpu.zeros([9]), false);
  using one = gpu.zeros([1], "u32");
  using two = gpu.zeros([2], "u32");
  const head = headOf(weight, bias);
  assertThrows(
    () => crossEntropyHead(tape, hidden, head, one),
    GpuError,
    "1 targets for 2 rows",
  );
  assertThrows(
    () => crossEntropyHead(tape, hidden, head, two, { chunkBytes: 20 }),
    GpuError,
    "A row of 9 numbers takes 36 bytes",
  );
  using three = gpu.zeros([3]);
  assertThrows(
    () => crossEntropyHead(tape, hidden, head, two, { lossGrads: three }),
    GpuError,
    "3 gradients for the losses of 2 rows",
  );
});
