import { assert, assertThrows } from "@std/assert";
import { ConfigError } from "../../lib/errors.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { ParameterStore } from "../../lib/model/parameters.ts";
import { addInto } from "../../lib/ops/tape.ts";
import { AdamW } from "../../lib/train/adamw.ts";
import type { Optimizer } from "../../lib/train/optimizer.ts";
import { createOptimizer, registerOptimizer } from "../../lib/train/optimizers.ts";
import { ParameterSlices } from "../../lib/train/parameter_slices.ts";
import { gpuTest } from "../testing/gpu.ts";
import { TINY_OPTIM, tinyTrainer } from "../testing/tiny_model.ts";
import { ranksInOneProcess } from "../testing/two_ranks.ts";

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
  assertThrows(() => create("lion_of_judah"), ConfigError, "there is: adamw, muon");
});

gpuTest("createOptimizer() refuses slices to optimizers that need whole parameters", (gpu) => {
  const spec = { name: "a", shape: [3, 4096], init: ZERO, group: "hidden" };
  using store = new ParameterStore(gpu, [spec], true);
  const [, ranks] = ranksInOneProcess(2);
  using slices = new ParameterSlices(store, ranks!);
  const create = (optimizer: string) => createOptimizer(slices, { ...TINY_OPTIM, optimizer });
  using optimizer = create("adamw");
  assert(optimizer instanceof AdamW);
  assertThrows(
    () => create("muon"),
    ConfigError,
    "train.shardOptimizer: expected false, since the optimizer muon needs whole parameters, found " +
      "true. Those that can do with slices of them: adamw.",
  );
  registerOptimizer("descent", () => ascent(gpu, store));
  assertThrows(() => create("descent"), ConfigError, "the optimizer descent needs whole");
  registerOptimizer("descent", () => ascent(gpu, store), () => ascent(gpu, store));
  create("descent")[Symbol.dispose]();
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
