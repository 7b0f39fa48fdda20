import { assertEquals, assertThrows } from "@std/assert";
import { GpuError } from "../../lib/errors.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { ParameterStore } from "../../lib/model/parameters.ts";
import { SafetensorsFile } from "../../lib/safetensors/reader.ts";
import { AdamW, type AdamWOptions } from "../../lib/train/adamw.ts";
import { Ema } from "../../lib/train/ema.ts";
import { gradNorm } from "../../lib/train/grad_norm.ts";
import { learningRate } from "../../lib/train/lr_schedule.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

const GOLDEN = new URL("../golden/ema_optimizer.safetensors", import.meta.url);

const LR = 1e-2;
const DEFAULTS: AdamWOptions = {
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  weightDecay: 0,
  gradClip: 1,
};

function makeStore(gpu: Gpu, shapes: Record<string, readonly number[]>): ParameterStore {
  const specs = Object.entries(shapes).map(([name, shape]) => ({
    name,
    shape,
    init: { kind: "constant", value: 0 } as const,
  }));
  return new ParameterStore(gpu, specs, true);
}

/** Uploads a gradient as the sum of what back-propagation would add. */
function writeGrad(store: ParameterStore, name: string, data: Float32Array): void {
  const { shape, windows } = store.get(name);
  const rowSize = data.length / shape[0]!;
  for (const { rowStart, rows, value } of windows) {
    store.gpu.write(value.grad!, data.subarray(rowStart * rowSize, (rowStart + rows) * rowSize));
  }
}

/** A tensor of the optimizer, by name, whole. */
async function readState(optimizer: AdamW, gpu: Gpu, name: string): Promise<number[]> {
  const tensor = optimizer.tensors.find((entry) => entry.name === name)!;
  const parts: number[] = [];
  for (const window of tensor.windows) parts.push(...await gpu.read(window.tensor));
  return parts;
}

gpuTest("AdamW, gradNorm, Ema and learningRate equal the golden values", async (gpu) => {
  using golden = await SafetensorsFile.open(GOLDEN);
  using store = makeStore(gpu, { a: [4, 3], b: [5] });
  for (const name of ["a", "b"]) store.write(name, await golden.read(`init.${name}`));
  using optimizer = new AdamW(store, DEFAULTS);
  using ema = new Ema(store, 0.9999);
  for (let step = 1; step <= 5; step++) {
    for (const name of ["a", "b"]) {
      writeGrad(store, name, await golden.read(`step${step}.grad.${name}`));
    }
    const lr = learningRate(step - 1, 5, { lr: 3e-4, warmupSteps: 3 });
    assertClose([lr], await golden.read(`step${step}.lr`, "f64"), 1e-12, "learning rate");
    using norm = gradNorm(gpu, store);
    const expectedNorm = await golden.read(`step${step}.grad_norm`);
    assertClose(await gpu.read(norm), expectedNorm, 1e-6, `norm of step ${step}`);
    optimizer.step({ lr, step }, norm);
    ema.update(step);
    for (const name of ["a", "b"]) {
      const check = async (what: string, actual: ArrayLike<number>) => {
        const expected = await golden.read(`step${step}.${what}.${name}`);
        assertClose(actual, expected, 1e-6, `${what} of ${name} at step ${step}`);
      };
      await check("param", await store.read(name));
      await check("exp_avg", await readState(optimizer, gpu, `exp_avg.${name}`));
      await check("exp_avg_sq", await readState(optimizer, gpu, `exp_avg_sq.${name}`));
      await check("ema", await ema.parameters.read(name));
    }
  }
  assertEquals([...await gpu.readU32(optimizer.skipped)], [0]);
});

/** Runs three clipped steps with weight decay on a 3000 × 10 matrix and a vector. */
async function threeSteps(gpu: Gpu): Promise<{ segments: number; big: Float32Array }> {
  using store = makeStore(gpu, { big: [3000, 10], small: [7] });
  store.write("big", randomNumbers(30000, 1));
  store.write("small", randomNumbers(7, 2));
  using optimizer = new AdamW(store, { ...DEFAULTS, weightDecay: 0.1, gradClip: 50 });
  for (let step = 1; step <= 3; step++) {
    writeGrad(store, "big", randomNumbers(30000, 10 + step));
    writeGrad(store, "small", randomNumbers(7, 20 + step));
    using norm = gradNorm(gpu, store);
    optimizer.step({ lr: LR, step }, norm);
  }
  return { segments: store.segments.length, big: await store.read("big") };
}

gpuTest("AdamW.step() decays weights and clips as the formula says, split or not", async (gpu) => {
  const whole = await threeSteps(gpu);
  using small = await Gpu.open({ maxBindingBytes: 1 << 16 });
  const split = await threeSteps(small);
  assertEquals([whole.segments, split.segments], [1, 2]);

  const p = Float64Array.from(randomNumbers(30000, 1));
  const m = new Float64Array(p.length);
  const v = new Float64Array(p.length);
  const lr = LR;
  const { beta1, beta2, eps } = DEFAULTS;
  for (let step = 1; step <= 3; step++) {
    const grad = randomNumbers(30000, 10 + step);
    const all = [...grad, ...randomNumbers(7, 20 + step)];
    const norm = Math.sqrt(all.reduce((sum, g) => sum + g * g, 0));
    for (const [i, value] of grad.entries()) {
      const g = value * Math.min(1, 50 / (norm + 1e-6));
      m[i] = beta1 * m[i]! + (1 - beta1) * g;
      v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
      const root = Math.sqrt(v[i]! / (1 - beta2 ** step)) + eps;
      p[i] = p[i]! * (1 - lr * 0.1) - lr * m[i]! / (1 - beta1 ** step) / root;
    }
  }
  assertClose(whole.big, p, 1e-6, "parameters");
  assertClose(split.big, p, 1e-6, "parameters in two segments");
  await small.finish();
});

for (const [what, bad] of [["NaN", NaN], ["infinite", -Infinity], ["too large", 1e30]] as const) {
  gpuTest(`AdamW.step() changes nothing and counts when a gradient is ${what}`, async (gpu) => {
    using store = makeStore(gpu, { a: [130] });
    const start = randomNumbers(130, 1);
    store.write("a", start);
    using optimizer = new AdamW(store, DEFAULTS);
    const grads = randomNumbers(130, 2);
    for (const [step, gradient] of [grads, grads.with(77, bad)].entries()) {
      writeGrad(store, "a", gradient);
      using norm = gradNorm(gpu, store);
      optimizer.step({ lr: step === 0 ? 0 : 1, step: step + 1 }, norm);
    }
    assertEquals(await store.read("a"), start);
    assertClose(
      await readState(optimizer, gpu, "exp_avg.a"),
      grads.map((g) => 0.1 * g / Math.hypot(...grads)),
      1e-5,
      "the first step's moment",
    );
    assertEquals([...await gpu.readU32(optimizer.skipped)], [1]);
  });
}

gpuTest("AdamW.tensors lists the moments of every parameter", (gpu) => {
  using store = makeStore(gpu, { a: [4, 3], b: [5] });
  using optimizer = new AdamW(store, DEFAULTS);
  assertEquals(
    optimizer.tensors.map(({ name, shape, windows }) => [name, shape, windows.length]),
    [
      ["exp_avg.a", [4, 3], 1],
      ["exp_avg.b", [5], 1],
      ["exp_avg_sq.a", [4, 3], 1],
      ["exp_avg_sq.b", [5], 1],
    ],
  );
});

gpuTest("AdamW and gradNorm() throw when there are no gradients", (gpu) => {
  const spec = { name: "a", shape: [2], init: { kind: "constant", value: 0 } } as const;
  using store = new ParameterStore(gpu, [spec], false);
  assertThrows(() => new AdamW(store, DEFAULTS), GpuError, "without gradients");
  assertThrows(() => gradNorm(gpu, store), GpuError, "without gradients");
});

gpuTest("AdamW has a learning rate and a decay for each group of parameters", async (gpu) => {
  const specs = ["a", "b", "c"].map((name) => ({
    ...{ name, shape: [130], init: { kind: "constant", value: 0 } as const },
    ...(name === "b" && { group: "slow" }),
  }));
  const options = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.1, gradClip: 1e9 };
  const start = randomNumbers(130, 1);
  const grad = randomNumbers(130, 2);
  const after = async (groups: Record<string, { lrScale?: number; weightDecay?: number }>) => {
    using store = new ParameterStore(gpu, specs, true);
    assertEquals(store.segments.map(({ group }) => group), ["", "slow"]);
    using optimizer = new AdamW(store, { ...options, groups });
    for (const { name, windows: [window] } of store.parameters) {
      store.write(name, start);
      gpu.write(window!.value.grad!, grad);
    }
    using norm = gradNorm(gpu, store);
    optimizer.step({ lr: 1e-2, step: 1 }, norm);
    return Object.fromEntries(
      await Promise.all(specs.map(async ({ name }) => [name, await store.read(name)] as const)),
    );
  };
  const stepped = (lr: number, decay: number) =>
    start.map((p, i) => p * (1 - lr * decay) - lr * Math.sign(grad[i]!));
  const same = await after({});
  for (const name of ["a", "b", "c"]) assertClose(same[name]!, stepped(1e-2, 0.1), 1e-5, name);
  const found = await after({ slow: { lrScale: 0.5, weightDecay: 0 } });
  assertClose(found.b!, stepped(5e-3, 0), 1e-5, "b");
  for (const name of ["a", "c"]) assertEquals(found[name], same[name]);
  using store = new ParameterStore(gpu, specs, true);
  assertThrows(
    () => new AdamW(store, { ...options, groups: { slwo: {} } }),
    GpuError,
    'There are no parameters of the group "slwo" to optimise.',
  );
});
