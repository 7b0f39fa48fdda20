/**
 * Checks the optimizer, its learning rates, clipping and the moving average.
 *
 * @module
 */

import { ParameterStore } from "../../lib/model/parameters.ts";
import { AdamW } from "../../lib/train/adamw.ts";
import { Ema, emaDecayAt } from "../../lib/train/ema.ts";
import { gradNorm } from "../../lib/train/grad_norm.ts";
import { learningRate } from "../../lib/train/lr_schedule.ts";
import type { CheckContext } from "./check.ts";
import { Bound } from "./compare.ts";

interface Description {
  optimizer: {
    lr: number;
    betas: [number, number];
    eps: number;
    weight_decay: number;
    gradient_clip_norm: number;
  };
  schedule: { num_warmup_steps: number };
  ema: { decay: number };
}

const NAMES = ["a", "b"];

/** Checks `ema_optimizer`: as many steps as it holds. */
export async function checkEmaOptimizer(context: CheckContext): Promise<void> {
  const { golden, resources } = context;
  const gpu = await resources.gpu();
  const { optimizer: settings, schedule, ema: { decay } } = await golden.description<Description>();
  const { lr: fullRate, betas: [beta1, beta2], eps } = settings;

  const initial = new Map<string, Float32Array>();
  for (const name of NAMES) initial.set(name, await golden.read(`init.${name}`));
  const specs = NAMES.map((name) => ({
    name,
    shape: golden.tensors.get(`init.${name}`)!.shape,
    init: { kind: "constant", value: 0 } as const,
  }));
  using store = new ParameterStore(gpu, specs, true);
  for (const [name, values] of initial) store.write(name, values);
  using optimizer = new AdamW(store, {
    beta1,
    beta2,
    eps,
    weightDecay: settings.weight_decay,
    gradClip: settings.gradient_clip_norm,
  });
  using ema = new Ema(store, decay);

  const momentum = new Map<string, Float32Array>();
  for (let step = 1; golden.tensors.has(`step${step}.lr`); step++) {
    const lr = learningRate(step - 1, Infinity, {
      lr: fullRate,
      warmupSteps: schedule.num_warmup_steps,
    });
    await context.compare(`step${step}.lr`, [lr], Bound.Optimizer, "f64");
    await context.compare(
      `step${step}.ema_decay`,
      [emaDecayAt(step, decay)],
      Bound.Optimizer,
      "f64",
    );
    for (const name of NAMES) {
      gpu.write(store.get(name).value.grad!, await golden.read(`step${step}.grad.${name}`));
    }
    using norm = gradNorm(gpu, store);
    await context.compare(`step${step}.grad_norm`, await gpu.read(norm), Bound.Optimizer);
    optimizer.step({ lr, step }, norm);
    ema.update(step);
    for (const name of NAMES) {
      const mean = await checkMoments(context, optimizer, step, name);
      // The clipped gradient exists only inside the step: it is what moved the first moment.
      const before = momentum.get(name);
      const clipped = mean.map((m, i) => (m - beta1 * (before?.[i] ?? 0)) / (1 - beta1));
      await context.compare(`step${step}.clipped.${name}`, clipped, Bound.Optimizer);
      momentum.set(name, mean);
      const start = initial.get(name)!;
      await checkChange(context, `step${step}.param.${name}`, await store.read(name), start);
      const average = await ema.parameters.read(name);
      await checkChange(context, `step${step}.ema.${name}`, average, start);
    }
  }
}

/** Checks both moments of a parameter and gives back the first. */
async function checkMoments(
  context: CheckContext,
  { tensors }: AdamW,
  step: number,
  name: string,
): Promise<Float32Array> {
  const gpu = await context.resources.gpu();
  const read = (moment: string) =>
    gpu.read(tensors.find((tensor) => tensor.name === `${moment}.${name}`)!.windows[0]!.tensor);
  const [mean, square] = [await read("exp_avg"), await read("exp_avg_sq")];
  await context.compare(`step${step}.exp_avg.${name}`, mean, Bound.Optimizer);
  await context.compare(`step${step}.exp_avg_sq.${name}`, square, Bound.Optimizer);
  return mean;
}

/**
 * Checks values and how far they have moved: a step moves a parameter by little, so that a wrong
 * one would hide behind the parameter's size.
 */
async function checkChange(
  context: CheckContext,
  quantity: string,
  actual: Float32Array,
  start: Float32Array,
): Promise<void> {
  await context.compare(quantity, actual, Bound.Optimizer);
  const change = (values: Float32Array) => values.map((value, i) => value - start[i]!);
  const expected = change(await context.golden.read(quantity));
  context.compareValues(`${quantity} (change)`, change(actual), expected, Bound.Change);
}
