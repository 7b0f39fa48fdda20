import { assert, assertEquals, assertThrows } from "@std/assert";
import { GpuError } from "../../lib/errors.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { ParameterStore } from "../../lib/model/parameters.ts";
import { AdamW, type AdamWOptions } from "../../lib/train/adamw.ts";
import { gradNorm, slicedGradNorm } from "../../lib/train/grad_norm.ts";
import { Muon, MUON_GROUP } from "../../lib/train/muon.ts";
import { ParameterSlices } from "../../lib/train/parameter_slices.ts";
import type { Ranks } from "../../lib/train/ranks.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";
import { newtonSchulz } from "../testing/newton_schulz.ts";
import { tinyTrainer } from "../testing/tiny_model.ts";
import { ranksInOneProcess } from "../testing/two_ranks.ts";

const OPTIONS: AdamWOptions = {
  beta1: 0.95,
  beta2: 0.999,
  eps: 1e-8,
  weightDecay: 0.1,
  gradClip: 3,
};
const ZERO = { kind: "constant", value: 0 } as const;
const SPECS = [
  { name: "tall", shape: [9, 4], init: ZERO, group: "hidden" },
  { name: "bias", shape: [9], init: ZERO, group: "vectors" },
  { name: "wide", shape: [3, 7], init: ZERO, group: "hidden" },
];

/** Steps with gradients from seeds; NaN for one of them if asked. */
async function after(gpu: Gpu, steps: number, options: { nanAt?: number; adamw?: boolean } = {}) {
  using store = new ParameterStore(gpu, SPECS, true);
  for (const [i, { name, shape }] of SPECS.entries()) {
    store.write(name, randomNumbers(shape.reduce((a, b) => a * b), i));
  }
  using optimizer = new (options.adamw ? AdamW : Muon)(store, OPTIONS);
  for (let step = 1; step <= steps; step++) {
    for (const [i, { name, shape }] of SPECS.entries()) {
      const grad = randomNumbers(shape.reduce((a, b) => a * b), 10 * step + i);
      if (options.nanAt === step && i === 0) grad[5] = NaN;
      gpu.write(store.get(name).windows[0]!.value.grad!, grad);
    }
    using norm = gradNorm(gpu, store);
    optimizer.step({ lr: 0.02, step }, norm);
  }
  const values = await Promise.all(SPECS.map(({ name }) => store.read(name)));
  return {
    values: Object.fromEntries(SPECS.map(({ name }, i) => [name, values[i]!])),
    skipped: [...await gpu.readU32(optimizer.skipped)],
    names: optimizer.tensors.map(({ name }) => name),
  };
}

gpuTest("Muon steps along orthogonal matrices, and AdamW moves the rest", async (gpu) => {
  const { values, skipped, names } = await after(gpu, 3);
  const lr = 0.02;
  const grads = (step: number) =>
    SPECS.map(({ shape }, i) => randomNumbers(shape.reduce((a, b) => a * b), 10 * step + i));
  for (const [i, { name, shape: [rows, columns] }] of SPECS.entries()) {
    if (columns === undefined) continue;
    const p = Float64Array.from(randomNumbers(rows! * columns, i));
    const m = new Float64Array(p.length);
    for (let step = 1; step <= 3; step++) {
      const norm = Math.hypot(...grads(step).flatMap((grad) => [...grad]));
      const clip = Math.min(1, 3 / (norm + 1e-6));
      const u = grads(step)[i]!.map((grad, j) => {
        const g = grad * clip;
        m[j] = 0.95 * m[j]! + 0.05 * g;
        return 0.05 * g + 0.95 * m[j];
      });
      const size = 0.2 * Math.sqrt(Math.max(rows!, columns));
      const direction = newtonSchulz(u, rows!, columns);
      p.forEach((value, j) => p[j] = value * (1 - lr * 0.1) - lr * size * direction[j]!);
    }
    assertClose(values[name]!, p, 2e-4, name);
  }
  assertEquals(values.bias, (await after(gpu, 3, { adamw: true })).values.bias);
  assertEquals(skipped, [0]);
  assertEquals(names, [
    ...["momentum_buffer.tall", "momentum_buffer.wide"],
    ...["exp_avg.bias", "exp_avg_sq.bias"],
  ]);
});

gpuTest("Muon leaves out a step whose gradient is not finite", async (gpu) => {
  const one = await after(gpu, 1);
  const two = await after(gpu, 2, { nanAt: 2 });
  assertEquals(two.values, one.values);
  assertEquals([one.skipped, two.skipped], [[0], [1]]);
});

/** Matrices that end at slabs of sums, within them and that share one; vectors of five slabs. */
const SHARED_OUT = [
  { name: "square", shape: [64, 64], init: ZERO, group: MUON_GROUP },
  { name: "bias", shape: [4 * 4096 + 9], init: ZERO, group: "vectors" },
  { name: "tall", shape: [131, 67], init: ZERO, group: MUON_GROUP },
  { name: "wide", shape: [3, 70], init: ZERO, group: MUON_GROUP },
];

/** Steps of a rank, of slices if there are others, the last of which has a gradient of NaN. */
async function afterSteps(gpu: Gpu, ranks?: Ranks) {
  using store = new ParameterStore(gpu, SHARED_OUT, true);
  for (const [i, { values }] of store.segments.entries()) {
    gpu.write(values, randomNumbers(values.size, i));
  }
  using slices = ranks && new ParameterSlices(store, ranks, [MUON_GROUP]);
  using optimizer = new Muon(slices ?? store, OPTIONS);
  const norms: number[] = [];
  for (let step = 1; step <= 3; step++) {
    for (const [i, { grads }] of store.segments.entries()) {
      const numbers = randomNumbers(grads!.size, 10 * step + i);
      if (step === 3) numbers[i] = NaN;
      gpu.write(grads!, numbers);
    }
    using norm = slices === undefined ? gradNorm(gpu, store) : await slicedGradNorm(slices);
    optimizer.step({ lr: 0.02, step }, norm);
    await slices?.shareValues();
    norms.push(...await gpu.read(norm));
  }
  return {
    norms,
    values: await Promise.all(SHARED_OUT.map(({ name }) => store.read(name))),
    skipped: [...await gpu.readU32(optimizer.skipped)],
    names: optimizer.tensors.map(({ name }) => name),
  };
}

gpuTest("Muon of slices takes the steps of the whole, to the bit", async (gpu) => {
  const alone = await afterSteps(gpu);
  assertEquals(alone.skipped, [1]);
  // Five ranks are more than there are matrices.
  for (const numRanks of [2, 3, 5]) {
    const all = await Promise.all(ranksInOneProcess(numRanks).map((each) => afterSteps(gpu, each)));
    for (const found of all) assertEquals(found, alone, `of ${numRanks} ranks`);
  }
});

gpuTest("Muon refuses models that have nothing for it to move", async (gpu) => {
  const create = (gpu: Gpu, ...specs: ConstructorParameters<typeof ParameterStore>[1]) => {
    using store = new ParameterStore(gpu, specs, true);
    new Muon(store, OPTIONS)[Symbol.dispose]();
  };
  const message = (make: () => void, expected: string) => assertThrows(make, GpuError, expected);
  message(() => create(gpu, SPECS[1]!), 'no parameters of the group "hidden"');
  message(
    () => create(gpu, { ...SPECS[1]!, group: "hidden" }),
    "Muon moves matrices, and bias has the shape [9].",
  );
  using store = new ParameterStore(gpu, SHARED_OUT, true);
  const [ranks] = ranksInOneProcess(3);
  using slices = new ParameterSlices(store, ranks!);
  message(
    () => new Muon(slices, OPTIONS)[Symbol.dispose](),
    "Muon moves whole matrices, and tall is cut.",
  );
  using small = await Gpu.open({ maxBindingBytes: 1 << 16 });
  message(
    () => create(small, { ...SPECS[0]!, shape: [3000, 10] }),
    "Muon moves whole matrices, and tall does not fit a binding.",
  );
});

gpuTest("a network learns by Muon", async (gpu) => {
  const tokens = Uint32Array.from({ length: 20 * 9 }, (_, i) => i % 7);
  using training = tinyTrainer(gpu, tokens, { batchSize: 4, optim: { optimizer: "muon" } });
  for (let i = 0; i < 4; i++) await training.trainer.recordStep();
  assert((await training.trainer.drain()).at(-1)!.loss < Math.log(11));
});
