import { assert, assertEquals, assertThrows } from "@std/assert";
import { GpuError } from "../../lib/errors.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { crossEntropyHead } from "../../lib/ops/cross_entropy.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { checkOp, upstreamGradient } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";
import { headOf, logitsOf } from "../testing/head.ts";
import { assertSplit, type HeadRun, runInStore } from "../testing/head_in_store.ts";

/** Per-token losses in float64. */
function reference(
  hidden: ArrayLike<number>,
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
  targets: Uint32Array,
  cap: number | null,
): Float64Array {
  const logits = logitsOf(hidden, { weight, bias }, cap);
  return Float64Array.from(targets, (target, m) => {
    const z = logits[m]!;
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

/** What becomes of a head in a parameter store. */
async function runHead(
  gpu: Gpu,
  shape: readonly [number, number, number],
  { chunkBytes, ahead = false }: { chunkBytes?: number; ahead?: boolean } = {},
): Promise<HeadRun> {
  const [M, V] = shape;
  using targets = gpu.tensor(someTargets(M, V));
  return await runInStore(gpu, shape, (tape, hidden, head, upstream) => {
    const lossGrads = ahead ? upstream : undefined;
    return crossEntropyHead(tape, hidden, head, targets, { chunkBytes, lossGrads });
  });
}

gpuTest("crossEntropyHead() is the same when windows and chunks are split", async (gpu) => {
  const shape = [37, 1201, 24] as const;
  const whole = await runHead(gpu, shape);
  using small = await Gpu.open({ maxBindingBytes: 1 << 16 });
  const split = await runHead(small, shape);
  assertSplit(split, whole);
  await small.finish();
});

gpuTest("crossEntropyHead() gives the same bits with the gradient known before", async (gpu) => {
  const shape = [37, 1201, 24] as const;
  for (const chunkBytes of [1 << 20, 5 * 1201 * 4]) {
    const { peak: _, ...later } = await runHead(gpu, shape, { chunkBytes });
    const { peak: __, ...ahead } = await runHead(gpu, shape, { chunkBytes, ahead: true });
    assertEquals(ahead, later);
  }
});

for (const ahead of [false, true]) {
  const when = ahead ? "with the gradient known before" : "with the gradient in backward";
  gpuTest(`crossEntropyHead() holds no more than a chunk of logits ${when}`, async (gpu) => {
    const [M, V, H] = [64, 3001, 8] as const;
    const { peak } = await runHead(gpu, [M, V, H], { chunkBytes: 8 * V * 4, ahead });
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
