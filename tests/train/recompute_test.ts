/**
 * Trainings that compute again what others keep.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import type { Config } from "../../lib/config/config.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { methodOf } from "../../lib/methods/table.ts";
import { loadTeachers } from "../../lib/methods/teachers.ts";
import { trainRun } from "../../lib/methods/train_run.ts";
import type { Recompute } from "../../lib/model/network.ts";
import { gpuTest } from "../testing/gpu.ts";
import { withTinyRun } from "../testing/tiny_run.ts";

/** Three steps with blocks wide and long enough for their values to be most of the memory. */
function withRecompute(config: Config, recompute: Recompute): Config {
  return {
    ...config,
    model: { ...config.model, hiddenSize: 64, numBlocks: 3, learnableLossWeighting: true },
    train: { ...config.train, numSteps: 3, recompute },
  };
}

/** Trains a method with each setting; its files must be the same, and its peaks fall. */
async function requireSameBits(
  gpu: Gpu,
  tiny: Config,
  folder: string,
  kind: string,
  runs: Record<string, string> = {},
): Promise<string> {
  const method = methodOf(kind);
  const peaks: number[] = [];
  let none = "";
  for (const recompute of ["none", "mlp", "block"] as const) {
    const config = withRecompute(tiny, recompute);
    using teachers = await loadTeachers(gpu, method, runs, config.data);
    const { frozen } = teachers;
    const run = `${folder}/${kind}-${recompute}`;
    const before = gpu.memory().inUse;
    gpu.resetPeak();
    await trainRun({ gpu, config, method, frozen, run, resume: false });
    peaks.push(gpu.memory().peak - before);
    if (recompute === "none") none = run;
    assertEquals(await hashes(run), await hashes(none), `${kind} with ${recompute}`);
  }
  const [all = 0, mlp = 0, block = 0] = peaks;
  assert(mlp < all && block < mlp, `peaks of ${kind}: ${peaks}`);
  return none;
}

/** The hashes of a run's weights, averages and moments. */
async function hashes(run: string): Promise<unknown> {
  const { state: { files = {} } } = await Checkpoint.open(run);
  assertEquals(Object.keys(files).includes("optimizer.safetensors"), true);
  return files;
}

gpuTest(
  "train.recompute changes no bit of any training, and lowers its peak",
  (gpu) =>
    withTinyRun(3, async (tiny, folder) => {
      const check = (kind: string, runs?: Record<string, string>) =>
        requireSameBits(gpu, tiny, folder, kind, runs);
      await check("ar");
      const teacher = await check("flm");
      await check("psd", { teacher });
      const flowMap = await check("semigroup", { teacher });
      await check("second_stage", { teacher, flowMap });
    }),
);

gpuTest(
  "a run goes on with another train.recompute, to the same bits",
  (gpu) =>
    withTinyRun(3, async (tiny, folder) => {
      const whole = withRecompute(tiny, "none");
      await trainRun({ gpu, config: whole, run: `${folder}/whole`, resume: false });
      const run = `${folder}/cut`;
      const train = { ...whole.train, numSteps: 2 };
      await trainRun({ gpu, config: { ...whole, train }, run, resume: false });
      await trainRun({ gpu, config: withRecompute(tiny, "block"), run, resume: true });
      assertEquals(await hashes(run), await hashes(`${folder}/whole`));
    }),
);
