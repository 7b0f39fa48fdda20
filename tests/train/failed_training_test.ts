/**
 * Trainings whose loss, gradients or weights are not finite: which checkpoints stay, and what is
 * said.
 *
 * @module
 */

import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { loadFrozen } from "../../lib/checkpoint/models/load_frozen.ts";
import { UnhealthyWeightsError, writeCheckpoint } from "../../lib/checkpoint/writer.ts";
import type { Config } from "../../lib/config/config.ts";
import { CheckpointError, FlmError } from "../../lib/errors.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { methodOf } from "../../lib/methods/table.ts";
import { trainRun } from "../../lib/methods/train_run.ts";
import { Dit } from "../../lib/model/dit.ts";
import { readMetrics } from "../../lib/train/metrics.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { randomModel } from "../testing/random_model.ts";
import { forgetHashes, writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";
import { withTinyRun } from "../testing/tiny_run.ts";

async function checkpoints(run: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(`${run}/checkpoints`));
  return entries.map(({ name }) => name).sort();
}

const changed = (
  config: Config,
  train: Partial<Config["train"]>,
  optim: Partial<Config["optim"]> = {},
): Config => ({
  ...config,
  train: { ...config.train, ...train },
  optim: { ...config.optim, ...optim },
});

/** Goes on with a run and gives what it ends with. */
async function failure(gpu: Gpu, config: Config, run: string, resume = true) {
  const told: [number, string, number | null][] = [];
  const { message } = await assertRejects(
    () =>
      trainRun({
        gpu,
        config,
        run,
        resume,
        onUnhealthy: (step, fault, newest) => told.push([step, fault, newest]),
      }),
    FlmError,
  );
  return { message, told };
}

for (const evalEvery of [5, 0]) {
  gpuTest(
    `trainRun() keeps the healthy checkpoints when the weights explode, evalEvery ${evalEvery}`,
    (gpu) =>
      withTinyRun(10, async (config, run) => {
        await trainRun({ gpu, config, run, resume: false });
        const wild = changed(config, { numSteps: 60, evalEvery }, { lr: 1e30 });
        const { message, told } = await failure(gpu, wild, run);
        assertEquals(await checkpoints(run), ["0000005", "0000010"]);
        assertEquals((await Checkpoint.open(run)).state.step, 10);
        assertMatch(message, /^The training in .* has failed: the .* NaN/);
        assertStringIncludes(
          message,
          `The last healthy checkpoint is that of step 10. Go on from it with a lower learning ` +
            `rate than 1e+30, or with a smaller gradClip: ` +
            `deno task train --resume ${run} --step 10 --optim.lr 0.002`,
        );
        if (evalEvery === 0) {
          assertStringIncludes(message, "as were those of the 19 before");
          assertEquals(told.map(([step, , newest]) => [step, newest]), [[15, 10]]);
        }
        // What the message says works.
        const { step, skippedSteps } = await trainRun({
          gpu,
          config: changed(config, { numSteps: 15 }),
          run,
          resume: true,
          step: 10,
        });
        assertEquals([step, skippedSteps], [15, 0]);
      }),
  );
}

gpuTest(
  "trainRun() keeps the healthy checkpoints when the loss explodes and stays finite",
  (gpu) =>
    withTinyRun(10, async (config, run) => {
      await trainRun({ gpu, config, run, resume: false });
      const wild = changed(config, { numSteps: 60, evalEvery: 0 }, { lr: 30 });
      const { message, told } = await failure(gpu, wild, run);
      assertEquals(await checkpoints(run), ["0000005", "0000010"]);
      assertMatch(
        message,
        /has failed: at step 3\d, with the weights the loss would be \S+, after /,
      );
      assertStringIncludes(message, `--resume ${run} --step 10 --optim.lr 0.002`);
      assertEquals(told.map(([step, , newest]) => [step, newest]), [[15, 10]]);
    }),
);

gpuTest(
  "trainRun() writes no checkpoint right after the step that explodes",
  (gpu) =>
    withTinyRun(5, async (config, run) => {
      await trainRun({ gpu, config, run, resume: false });
      // The step itself has a finite loss and gradient: only its weights are wrecked.
      const one = changed(config, { numSteps: 6, evalEvery: 0 }, { lr: 1e30 });
      const stop = new AbortController();
      const { message } = await assertRejects(
        () =>
          trainRun({
            gpu,
            config: changed(one, { numSteps: 60 }),
            run,
            resume: true,
            signal: stop.signal,
            onSteps: () => stop.abort(),
          }),
        FlmError,
      );
      assertMatch(message, /has failed: with the (weights|average) the loss would be/);
      assertStringIncludes((await failure(gpu, one, run)).message, "validation loss at step 6 is");
      assertEquals(await checkpoints(run), ["0000005"]);
    }),
);

gpuTest(
  "trainRun() says so when there is no healthy checkpoint",
  (gpu) =>
    withTinyRun(60, async (config, run) => {
      const wild = changed(config, { evalEvery: 0 }, { lr: 1e30, warmupSteps: 0 });
      const { message, told } = await failure(gpu, wild, run, false);
      assertStringIncludes(
        message,
        "It has no healthy checkpoint. Remove the folder and begin anew",
      );
      assertEquals(told.map(([, , newest]) => newest), [null]);
      const records = await readMetrics(`${run}/metrics.jsonl`);
      const skipped = records.map(({ skippedSteps }) => Number(skippedSteps));
      assertEquals(skipped.slice(1), skipped.slice(1).map(() => 1));
      assertEquals(skipped[0], 0);
    }),
);

gpuTest(
  "trainRun() advises an older checkpoint if nothing went well after the newest",
  (gpu) =>
    withTinyRun(10, async (config, run) => {
      const method = methodOf("ar");
      await trainRun({ gpu, config, run, resume: false, method });
      // An older version kept what had exploded.
      const { location } = await Checkpoint.open(run);
      await forgetHashes(location);
      const file = `${location}/model.safetensors`;
      const bytes = await Deno.readFile(file);
      const view = new DataView(bytes.buffer);
      for (let at = bytes.length - 4 * 500; at < bytes.length; at += 4) {
        view.setFloat32(at, 1e18 * (-1) ** at, true);
      }
      await Deno.writeFile(file, bytes);

      const longer = changed(config, { numSteps: 60, evalEvery: 0 });
      const { message } = await assertRejects(
        () => trainRun({ gpu, config: longer, run, resume: true, method }),
        FlmError,
      );
      assertMatch(
        message,
        /before the next step, with the weights the loss .*, where guessing has /,
      );
      assertStringIncludes(message, "The last healthy checkpoint is that of step 5.");
      assertStringIncludes(message, `train --resume ${run} --step 5 --ar.optim.lr 0.0002`);
    }),
);

gpuTest(
  "trainRun() learns nothing from a network that gives no loss",
  (gpu) =>
    withTinyRun(5, async (config, run) => {
      await trainRun({ gpu, config, run, resume: false });
      using teacher = await loadFrozen(gpu, run, {
        networkClass: Dit,
        kind: "flm",
        role: "teacher",
        tokenizer: "text8",
      });
      const { parameters } = teacher.network;
      const values = await parameters.read("output_layer.linear.bias");
      parameters.write("output_layer.linear.bias", values.fill(NaN));
      for (const method of ["psd", "semigroup"] as const) {
        const changed = { ...config, distill: { ...config.distill, method } };
        const learning = { method: methodOf(method), frozen: { teacher } };
        const own = `${run}-${method}`;
        await assertRejects(
          () => trainRun({ gpu, config: changed, ...learning, run: own, resume: false }),
          CheckpointError,
          `Nothing can be learned from ${teacher.location}: with the weights the loss would be NaN`,
        );
      }
    }),
);

gpuTest(
  "writeCheckpoint() refuses weights that no network works with, by name",
  (gpu) =>
    withFolder(async (run) => {
      await writeTinyCheckpoint(gpu, run);
      const { state } = await Checkpoint.open(run);
      for (const value of [NaN, Infinity, -2e19]) {
        using model = randomModel(gpu, state.model, 1);
        const name = "blocks.0.attn_qkv.weight";
        model.parameters.write(name, (await model.parameters.read(name)).with(77, value));
        for (const group of ["model", "ema"] as const) {
          await assertRejects(
            () =>
              writeCheckpoint(
                gpu,
                run,
                { ...state, step: 8 },
                { [group]: model.parameters.tensors },
                1,
              ),
            UnhealthyWeightsError,
            `${group}.safetensors: the tensor "${name}" has the value ${Math.fround(value)}`,
          );
        }
      }
      assertEquals(await checkpoints(run), ["0000007"]);
    }),
);
