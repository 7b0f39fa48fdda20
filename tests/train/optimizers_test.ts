import { assert, assertEquals, assertThrows } from "@std/assert";
import { ConfigError, GpuError } from "../../lib/errors.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { ParameterStore } from "../../lib/model/parameters.ts";
import { addInto } from "../../lib/ops/tape.ts";
import { AdamW } from "../../lib/train/adamw.ts";
import { gradNorm } from "../../lib/train/grad_norm.ts";
import type { Optimizer } from "../../lib/train/optimizer.ts";
import { createOptimizer, registerOptimizer } from "../../lib/train/optimizers.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";
import { TINY_OPTIM, tinyTrainer } from "../testing/tiny_model.ts";

const ZERO = { kind: "constant", value: 0 } as const;

gpuTest("createOptimizer() names the nearest optimizer, or all", (gpu) => {
  using store = new ParameterStore(gpu, [{ name: "a", shape: [3], init: ZERO }], true);
  const create = (optimizer: string) => createOptimizer(store, { ...TINY_OPTIM, optimizer });
  using optimizer = create("adamw");
  assert(optimizer instanceof AdamW);
  assertThrows(
    () => create("adamW"),
    ConfigError,
    'optim.optimizer: unknown optimizer "adamW"; did you mean adamw?',
  );
  assertThrows(() => create("lion_of_judah"), ConfigError, "there is: adamw");
});

/** Adds the gradients to the parameters, which makes a loss greater. */
function ascent(gpu: Gpu, store: ParameterStore): Optimizer {
  const skipped = gpu.zeros([1], "u32");
  return {
    tensors: [],
    skipped,
    step() {
      for (const { values, grads } of store.segments) addInto(gpu, values, grads!);
    },
    [Symbol.dispose]: () => skipped.release(),
  };
}

gpuTest("an optimizer from outside takes the steps that a configuration asks for", async (gpu) => {
  registerOptimizer("ascent", (store) => ascent(gpu, store));
  const tokens = Uint32Array.from({ length: 20 * 9 }, (_, i) => i % 7);
  const lossAfter = async (optimizer: string) => {
    using training = tinyTrainer(gpu, tokens, { batchSize: 4, optim: { optimizer } });
    for (let i = 0; i < 4; i++) await training.trainer.recordStep();
    return (await training.trainer.drain()).at(-1)!.loss;
  };
  assert(await lossAfter("ascent") > Math.log(11));
  assert(await lossAfter("adamw") < Math.log(11));
});

gpuTest("AdamW has a learning rate and a decay for each group of parameters", async (gpu) => {
  const specs = ["a", "b", "c"].map((name) => ({
    ...{ name, shape: [130], init: ZERO },
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
