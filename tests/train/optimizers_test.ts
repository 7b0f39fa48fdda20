import { assert, assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../lib/errors.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { ParameterStore } from "../../lib/model/parameters.ts";
import { addInto } from "../../lib/ops/tape.ts";
import { AdamW } from "../../lib/train/adamw.ts";
import type { Optimizer } from "../../lib/train/optimizer.ts";
import { Muon } from "../../lib/train/muon.ts";
import { createOptimizer, registerOptimizer, slicesFor } from "../../lib/train/optimizers.ts";
import { ONE_RANK, type Ranks } from "../../lib/train/ranks.ts";
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

/** Two matrices of which an equal part ends within the first, and what is cut in any case. */
const SPECS = [
  { name: "a", shape: [3, 4096], init: ZERO, group: "hidden" },
  { name: "b", shape: [1, 4096], init: ZERO, group: "hidden" },
  { name: "c", shape: [2 * 4096], init: ZERO },
];

gpuTest("slicesFor() gives none to a process that trains alone", (gpu) => {
  using store = new ParameterStore(gpu, SPECS, true);
  const [two] = ranksInOneProcess(2);
  const slicesOf = (shardOptimizer: boolean, ranks: Ranks, optimizer = "adamw") =>
    slicesFor({ train: { shardOptimizer }, optim: { ...TINY_OPTIM, optimizer } }, store, ranks);
  assertEquals(slicesOf(true, ONE_RANK), undefined);
  assertEquals(slicesOf(false, two!), undefined);
  const sizes = (slices = slicesOf(true, two!)) => {
    using each = slices!;
    return each.segments.map(({ group, values }) => [group, values.size / 4096]);
  };
  assertEquals(sizes(), [["hidden", 3]]);
  // Where an optimizer moves whole matrices, all ranks have some of the rest.
  assertEquals(sizes(slicesOf(true, two!, "muon")), [["", 1], ["hidden", 3]]);
  registerOptimizer("rows", () => ascent(gpu, store), () => ascent(gpu, store), [""]);
  assertEquals(sizes(slicesOf(true, two!, "rows")), [["hidden", 2]]);
});

gpuTest("createOptimizer() refuses slices to optimizers that need whole parameters", (gpu) => {
  using store = new ParameterStore(gpu, SPECS, true);
  const [, ranks] = ranksInOneProcess(2);
  const create = (optimizer: string) => {
    const optim = { ...TINY_OPTIM, optimizer };
    using slices = slicesFor({ train: { shardOptimizer: true }, optim }, store, ranks!);
    return createOptimizer(slices!, optim);
  };
  using adamW = create("adamw");
  assert(adamW instanceof AdamW);
  using muon = create("muon");
  assert(muon instanceof Muon);
  registerOptimizer("descent", () => ascent(gpu, store));
  assertThrows(
    () => create("descent"),
    ConfigError,
    "train.shardOptimizer: expected false, since the optimizer descent needs whole parameters, " +
      "found true. Those that can do with slices of them: adamw, muon",
  );
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
