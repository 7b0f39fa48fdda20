/**
 * Runs with several running averages, and with checkpoints that stay.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { exportHubFolder } from "../../lib/checkpoint/models/export_hub.ts";
import { importModel } from "../../lib/checkpoint/models/import_model.ts";
import { openModel } from "../../lib/checkpoint/models/open_model.ts";
import type { Config } from "../../lib/config/config.ts";
import { CheckpointError } from "../../lib/errors.ts";
import { trainRun } from "../../lib/methods/train_run.ts";
import { readMetrics } from "../../lib/train/metrics.ts";
import { gpuTest } from "../testing/gpu.ts";
import { withTinyRun } from "../testing/tiny_run.ts";

const withDecay = (config: Config, emaDecay: Config["optim"]["emaDecay"]): Config => ({
  ...config,
  optim: { ...config.optim, emaDecay },
});

gpuTest(
  "trainRun() keeps an average for each decay, as a run of that decay alone would",
  (gpu) =>
    withTinyRun(5, async (tiny, run) => {
      const train = { ...tiny.train, evalEvery: 0, checkpointEvery: 3 };
      const config = { ...withDecay(tiny, [0.5, 0.25]), train };
      const whole = async (decay: number) => {
        const folder = `${run}-${decay}`;
        const alone = { ...withDecay(tiny, decay), train };
        await trainRun({ gpu, config: alone, run: folder, resume: false });
        return (await Checkpoint.open(folder)).identity("ema");
      };
      const needs: number[] = [];
      await trainRun({
        gpu,
        config,
        run,
        resume: false,
        onNeeds: ({ bytes }) => needs.push(bytes),
      });
      await trainRun({
        ...{ gpu, config, run, resume: true, step: 3 },
        onNeeds: ({ parameters }) => needs.push(4 * 6 * parameters),
      });
      assertEquals(needs[0], needs[1]);
      const checkpoint = await Checkpoint.open(run);
      const expected = [await whole(0.5), await whole(0.25)];
      assertEquals(await checkpoint.identity("ema"), expected[0]);
      assertEquals(await checkpoint.identity("ema:0.5"), expected[0]);
      assertEquals(await checkpoint.identity("ema:0.25"), expected[1]);
      await assertRejects(
        () => checkpoint.identity("ema:0.9"),
        CheckpointError,
        "has no running average of decay 0.9: those that it has are of 0.5 and 0.25. Ask for the " +
          'weights "ema" or "ema:0.5" or "ema:0.25", or for "model".',
      );
      await checkpoint.verify();

      // What is exported and imported has the one average that it was asked for.
      for (const [weights, decay] of [["ema", 0.5], ["ema:0.25", 0.25]] as const) {
        const [out, imported] = [`${run}-out-${decay}`, `${run}-in-${decay}`];
        await exportHubFolder(checkpoint, { weights, out, card: "" });
        const { training } = JSON.parse(await Deno.readTextFile(`${out}/config.json`));
        assertEquals(training, { ema: decay });
        await importModel(await openModel(out), { weights, run: imported });
        const { state } = await Checkpoint.open(imported);
        assertEquals([state.config.optim.emaDecay, state.best], [decay, undefined]);
        const found = await (await Checkpoint.open(imported)).identity(`ema:${decay}`);
        assertEquals(found, await checkpoint.identity(weights));
      }

      // Other decays, in another order: those that there were go on.
      const other = { ...withDecay(config, [0.25, 0.75]), train: { ...train, numSteps: 6 } };
      const { checkpoint: folder } = await trainRun({ gpu, config: other, run, resume: true });
      const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
      assertEquals(names.filter((name) => name.startsWith("ema")), [
        "ema-0.75.safetensors",
        "ema.safetensors",
      ]);
    }),
);

gpuTest(
  "trainRun() keeps the best checkpoint by a metric of its texts, and some for good",
  (gpu) =>
    withTinyRun(8, async (tiny, run) => {
      const train = {
        ...{ ...tiny.train, evalEvery: 1, evalBatches: 1, checkpointEvery: 3, keepCheckpoints: 1 },
        ...{ keepEvery: 4, keepBest: "score", evalSamples: 2 },
      };
      const scores = [1, 5, 2, 3, 1, 4, 6, 0];
      const options = (numSteps: number) => {
        let step = 0;
        return {
          ...{ gpu, config: { ...tiny, train: { ...train, numSteps } }, run },
          onStart: (from: number) => void (step = from),
          writeSamples: () =>
            Promise.resolve([{
              numSteps: 4,
              metrics: { score: scores[step++]! },
              texts: ["a", "b"],
            }]),
        };
      };
      const steps = async () =>
        (await Array.fromAsync(Deno.readDir(`${run}/checkpoints`))).map(({ name }) => Number(name))
          .sort((a, b) => a - b);
      const best = async () => (await Checkpoint.open(run)).state.best;
      await trainRun({ ...options(5), resume: false });
      assertEquals([await steps(), await best()], [
        [2, 4, 5],
        { step: 2, metric: "score", value: 5 },
      ]);
      await trainRun({ ...options(8), resume: true });
      assertEquals([await steps(), await best()], [
        [4, 7, 8],
        { step: 7, metric: "score", value: 6 },
      ]);
      // It goes back, and the best one from there is no longer there.
      await trainRun({ ...options(8), resume: true, step: 4 });
      assertEquals([await steps(), (await best())?.step], [[4, 7, 8], 7]);
      const samples = (await readMetrics(`${run}/metrics.jsonl`)).filter(({ kind }) =>
        kind === "samples"
      );
      const line = { kind: "samples", numSteps: 4, text0: "a", text1: "b" };
      assertEquals(samples, scores.map((score, i) => ({ ...line, step: i + 1, score })));
    }),
);
