import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { formatCheckpointState } from "../../lib/checkpoint/state.ts";
import type { Config } from "../../lib/config/config.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { type RunToTune, trainRun } from "../../lib/methods/train_run.ts";
import { TunedWays, useWays, waysOf } from "../../lib/ops/ways.ts";
import type { WaysChange } from "../../lib/train/run_ways.ts";
import { productsOfStep } from "../../lib/tuning/product_list.ts";
import { gpuTest } from "../testing/gpu.ts";
import { weightsOf } from "../testing/run_files.ts";
import { withTinyRun } from "../testing/tiny_run.ts";

/**
 * Ways whose sums differ from the usual ones: those over the 48 tokens of a step are in two parts.
 */
async function tuneInParts({ gpu, cards: _, ...run }: RunToTune): Promise<void> {
  const products = await productsOfStep({ ...run, device: { kind: gpu.kind } });
  const ways = Object.fromEntries([...products.keys()].map((name) => [name, "tile32x32/4"]));
  useWays(gpu, new TunedWays(gpu, ways));
}

/** Trains up to a step, and gives what was said of the ways. */
async function train(
  gpu: Gpu,
  config: Config,
  run: string,
  numSteps: number,
  tune?: (run: RunToTune) => Promise<void>,
): Promise<WaysChange[]> {
  const changes: WaysChange[] = [];
  await trainRun({
    ...{ gpu, run, config: { ...config, train: { ...config.train, numSteps } } },
    resume: numSteps > 2,
    onOtherWays: (change) => void changes.push(change),
    ...(tune && { tune }),
  });
  return changes;
}

/** Changes what the newest checkpoint of a run says. */
async function changeState(
  run: string,
  change: (state: Checkpoint["state"]) => Partial<Checkpoint["state"]>,
): Promise<void> {
  const { location, state } = await Checkpoint.open(run);
  const text = await formatCheckpointState({ ...state, ...change(state) });
  await Deno.writeTextFile(`${location}/state.json`, text);
}

gpuTest(
  "trainRun() keeps the ways of a run, whether it is tuned again or not",
  (gpu) =>
    withTinyRun(4, async (config, run) => {
      assertEquals(await train(gpu, config, `${run}-whole`, 2, tuneInParts), []);
      const { state: { ways } } = await Checkpoint.open(`${run}-whole`);
      assert(Object.values(ways!).every((way) => way === "tile32x32/4"));
      // The device is as it was.
      assertEquals(waysOf(gpu), null);
      await train(gpu, config, `${run}-usual`, 2);
      assertNotEquals(await weightsOf(`${run}-usual`), await weightsOf(`${run}-whole`));
      assertEquals((await Checkpoint.open(`${run}-usual`)).state.ways, undefined);

      const whole = `${run}-one-go`;
      await trainRun({
        ...{ gpu, config, run: whole, resume: false, tune: tuneInParts },
      });
      const fails = () => Promise.reject(new Error("the ways are known"));
      for (const tune of [undefined, fails]) {
        const part = `${run}-${tune === undefined ? "plain" : "tuned"}`;
        await train(gpu, config, part, 2, tuneInParts);
        assertEquals(await train(gpu, config, part, 4, tune), []);
        assertEquals(await weightsOf(part), await weightsOf(whole));
        assertEquals((await Checkpoint.open(part)).state.ways, ways);
      }
    }),
);

gpuTest(
  "trainRun() says when sums may differ from now on",
  (gpu) =>
    withTinyRun(4, async (config, run) => {
      // Of a run that was not tuned until now.
      await train(gpu, config, `${run}-usual`, 2);
      assertEquals(await train(gpu, config, `${run}-usual`, 3), []);
      assertEquals(await train(gpu, config, `${run}-usual`, 4, tuneInParts), [{ reason: "tuned" }]);
      assert((await Checkpoint.open(`${run}-usual`)).state.ways !== undefined);

      // Of one that was tuned by another version.
      await train(gpu, config, run, 2, tuneInParts);
      const before = (await Checkpoint.open(run)).state.ways!;
      const [first, ...others] = Object.keys(before);
      await changeState(run, () => ({ ways: { ...before, [first!]: "tile1x1" } }));
      assertEquals(await train(gpu, config, run, 3), [{ reason: "unknown", products: [first!] }]);
      assertEquals(Object.keys((await Checkpoint.open(run)).state.ways!), others);

      // And of one from another device, tuned here or not.
      for (const tune of [undefined, tuneInParts]) {
        const moved = `${run}-${tune === undefined ? "moved" : "tuned"}`;
        await train(gpu, config, moved, 2, tuneInParts);
        await changeState(moved, () => ({ adapter: "another card" }));
        const changes = await train(gpu, config, moved, 4, tune);
        assertEquals(changes, [{ reason: "adapter", adapter: "another card" }]);
        const { state } = await Checkpoint.open(moved);
        assertEquals([state.adapter, state.ways], [gpu.adapterName, tune && before]);
      }
    }),
);
