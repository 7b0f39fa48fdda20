import { assert, assertEquals, assertThrows } from "@std/assert";
import { GpuError } from "../../lib/errors.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { ParameterStore } from "../../lib/model/parameters.ts";
import { AdamW, type AdamWOptions } from "../../lib/train/adamw.ts";
import { gradNorm } from "../../lib/train/grad_norm.ts";
import { Muon } from "../../lib/train/muon.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";
import { newtonSchulz } from "../testing/newton_schulz.ts";
import { tinyTrainer } from "../testing/tiny_model.ts";

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
