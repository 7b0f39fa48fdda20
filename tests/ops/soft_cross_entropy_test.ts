import { assertThrows } from "@std/assert";
import { GpuError } from "../../lib/errors.ts";
import { cast } from "../../lib/ops/cast.ts";
import { crossEntropyHead } from "../../lib/ops/cross_entropy.ts";
import { softCrossEntropyHead } from "../../lib/ops/soft_cross_entropy.ts";
import { Tape, Value } from "../../lib/ops/tape.ts";
import { assertClose, checkOp, randomNumbers, upstreamGradient } from "../testing/check_op.ts";
import { f16Test, gpuTest } from "../testing/gpu.ts";
import { headOf, logitsOf, softmaxOf } from "../testing/head.ts";

const [M, V, H, LENGTH] = [9, 13, 5, 2];

const CASES = [null, 2].flatMap((logitCap) =>
  [1, 8, 256].flatMap((lanes) =>
    [undefined, 3 * V * 4].flatMap((chunkBytes) =>
      [false, true].map((ahead) => ({ logitCap, lanes, chunkBytes, ahead }))
    )
  )
);

for (const { logitCap, lanes, chunkBytes, ahead } of CASES) {
  const when = ahead ? "with the gradient known before" : "with the gradient in backward";
  const how = `cap ${logitCap}, ${lanes} lanes, chunks of ${chunkBytes ?? "all"} bytes, ${when}`;
  gpuTest(`softCrossEntropyHead() equals the formula and its gradients: ${how}`, async (gpu) => {
    // Rows 0 to 2: tokens; rows 3 to 6: a mixture; rows 7 and 8: another network.
    const targetCap = logitCap === null ? 3 : null;
    const other = { weight: randomNumbers(V * H, 31), bias: randomNumbers(V, 32) };
    const states = [4, 4, 2].map((rows, i) => randomNumbers(rows * H, 33 + i).map((v) => 3 * v));
    const lambda = new Float32Array([0.25, 0.75]);
    const ids = Uint32Array.from({ length: M }, (_, m) => (5 * m + 12) % V);
    const [first, second, alone] = states.map((each) =>
      softmaxOf(logitsOf(each, other, targetCap))
    );
    const target = [
      ...[0, 1, 2].map((m) => Array.from({ length: V }, (_, v) => Number(ids[m] === v))),
      ...first!.map((row, m) => {
        const share = lambda[Math.floor(m / LENGTH)]!;
        return row.map((p, v) => share * p + (1 - share) * second![m]![v]!);
      }),
      ...alone!,
    ];

    using owned = new DisposableStack();
    const values = [gpu.tensor(other.weight, [V, H]), gpu.tensor(other.bias)]
      .map((tensor) => owned.use(new Value(tensor, false)));
    const tensors = states.map((each) => owned.use(gpu.tensor(each, [each.length / H, H])));
    const tokens = owned.use(gpu.tensor(ids));
    const shares = owned.use(gpu.tensor(lambda));
    const upstream = owned.use(gpu.tensor(upstreamGradient(M)));
    const head = headOf(values[0]!, values[1]!, targetCap);
    const mixed = { second: tensors[1]!, shares, length: LENGTH };
    await checkOp(gpu, {
      inputs: { hidden: [M, H], weight: [V, H], bias: [V] },
      inScale: 2,
      gradBound: 2e-5,
      build: (tape, { hidden, weight, bias }) =>
        softCrossEntropyHead(
          tape,
          hidden!,
          headOf(weight!, bias!, logitCap),
          [
            { rows: 3, tokens },
            { rows: 4, head, first: tensors[0]!, mixed },
            { rows: 2, head, first: tensors[2]! },
          ],
          { chunkBytes, lanes, lossGrads: ahead ? upstream : undefined },
        ),
      reference: ({ hidden, weight, bias }) =>
        softmaxOf(logitsOf(hidden!, { weight: weight!, bias: bias! }, logitCap))
          .map((row, m) => row.reduce((sum, p, v) => sum - target[m]![v]! * Math.log(p), 0)),
    });
  });
}

for (const lanes of [1, 8, 256]) {
  gpuTest(`softCrossEntropyHead() loses no digits of large logits, ${lanes} lanes`, async (gpu) => {
    // Longer than a turn of 256 lanes, and every logit some 1e4 from 0: the entropy of the target
    // is left, since that is the prediction itself.
    const size = 1301;
    using hidden = new Value(gpu.tensor(new Float32Array([1, 1]), [2, 1]), false);
    const spread = randomNumbers(size, 7);
    using weight = new Value(gpu.tensor(spread, [size, 1]), false);
    using bias = new Value(gpu.tensor(new Float32Array(size).fill(8192)), false);
    using shares = gpu.tensor(new Float32Array([0.3]));
    using tape = new Tape(gpu, false);
    const head = headOf(weight, bias);
    using loss = softCrossEntropyHead(
      tape,
      hidden,
      head,
      [{
        rows: 2,
        head,
        first: hidden.tensor,
        mixed: { second: hidden.tensor, shares, length: 2 },
      }],
      { lanes },
    );
    // As the kernel sees them: sums near 8192 are multiples of 2^-10.
    const logits = Array.from(spread, (v) => Math.fround(8192 + v));
    const [p] = softmaxOf([logits]);
    const entropy = p!.reduce((sum, each) => sum - each * Math.log(each), 0);
    assertClose(await gpu.read(loss.tensor), [entropy, entropy], 2e-6, "loss");
  });
}

gpuTest("softCrossEntropyHead() to tokens equals crossEntropyHead()", async (gpu) => {
  using hidden = new Value(gpu.tensor(randomNumbers(M * H, 1), [M, H]), false);
  using weight = new Value(gpu.tensor(randomNumbers(V * H, 2), [V, H]), false);
  using bias = new Value(gpu.tensor(randomNumbers(V, 3)), false);
  using tokens = gpu.tensor(Uint32Array.from({ length: M }, (_, m) => (5 * m) % V));
  using tape = new Tape(gpu, false);
  const head = headOf(weight, bias, 3);
  using hard = crossEntropyHead(tape, hidden, head, tokens);
  using soft = softCrossEntropyHead(tape, hidden, head, [{ rows: M, tokens }]);
  assertClose(await gpu.read(soft.tensor), await gpu.read(hard.tensor), 1e-6, "loss");
});

f16Test("softCrossEntropyHead() takes logits of 16 bits", async (gpu) => {
  const [rows, size] = [7, 75];
  using wide = gpu.tensor(randomNumbers(rows * H, 1), [rows, H]);
  using other = gpu.tensor(randomNumbers(rows * H, 4), [rows, H]);
  using upstream = gpu.tensor(upstreamGradient(rows));
  using shares = gpu.tensor(new Float32Array([0.6]));
  const results = [];
  for (const dtype of ["f32", "f16"] as const) {
    using tape = new Tape(gpu, true);
    using hidden = new Value(cast(gpu, wide, dtype), true);
    using second = cast(gpu, other, dtype);
    using weight = new Value(gpu.tensor(randomNumbers(size * H, 2), [size, H]), true);
    using half = cast(gpu, weight.tensor, "f16");
    if (dtype === "f16") weight.attachHalf(half);
    using bias = new Value(gpu.tensor(randomNumbers(size, 3)), true);
    const head = headOf(weight, bias, 2);
    const mixed = { second, shares, length: rows };
    const targets = [{ rows, head, first: second, mixed }];
    using loss = softCrossEntropyHead(tape, hidden, head, targets, { lossGrads: upstream });
    loss.addGrad(gpu, (target) => gpu.copy(upstream, target));
    tape.backwardFromGrads();
    using dHidden = cast(gpu, hidden.grad!, "f32");
    results.push({
      loss: await gpu.read(loss.tensor),
      dHidden: await gpu.read(dHidden),
      dWeight: await gpu.read(weight.grad!),
    });
    for (const value of [hidden, weight, bias]) value.dropGrad();
  }
  const [full, half] = results;
  assertClose(half!.loss, full!.loss, 1e-3, "loss");
  assertClose(half!.dHidden, full!.dHidden, 1e-2, "gradient of hidden");
  assertClose(half!.dWeight, full!.dWeight, 1e-2, "gradient of the weight");
});

gpuTest("softCrossEntropyHead() throws when the targets are of other rows", (gpu) => {
  using tape = new Tape(gpu, false);
  using hidden = new Value(gpu.zeros([2, 3]), false);
  using weight = new Value(gpu.zeros([9, 3]), false);
  using bias = new Value(gpu.zeros([9]), false);
  using tokens = gpu.zeros([2], "u32");
  assertThrows(
    () => softCrossEntropyHead(tape, hidden, headOf(weight, bias), [{ rows: 1, tokens }]),
    GpuError,
    "targets of 1 rows for 2 rows",
  );
});
