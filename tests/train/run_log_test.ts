import { assertEquals } from "@std/assert";
import { trainRun } from "../../lib/methods/train_run.ts";
import { readMetrics } from "../../lib/train/metrics.ts";
import { RunLog, summaryOf } from "../../lib/train/run_log.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { readEvents } from "../testing/tensorboard.ts";
import { withTinyRun } from "../testing/tiny_run.ts";

Deno.test("summaryOf() has a curve for every number and a list of the texts", () => {
  assertEquals(summaryOf({ kind: "train", step: 3, loss: 2.5, lr: 0.1 }), {
    scalars: { "train/loss": 2.5, "train/lr": 0.1 },
  });
  const samples = {
    kind: "samples",
    step: 3,
    numSteps: 8,
    entropy: 2,
    text0: "a\nb",
    text1: "# c",
  };
  assertEquals(summaryOf({ ...samples, gamma: 0.5 }), {
    scalars: { "samples/entropy (8 steps, gamma 0.5)": 2 },
    texts: { "samples/texts (8 steps, gamma 0.5)": ["    a\n    b", "    # c"] },
  });
});

Deno.test("RunLog writes event files only when they are asked for", () =>
  withFolder(async (folder) => {
    const names = async () => (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
    {
      using log = await RunLog.open(folder, null);
      log.write({ kind: "train", step: 1, loss: 2 });
    }
    assertEquals(await names(), ["metrics.jsonl"]);
    using log = await RunLog.open(folder, 1, ["tensorboard"]);
    assertEquals(log.before, [{ kind: "train", step: 1, loss: 2 }]);
    assertEquals((await names()).sort(), ["metrics.jsonl", "tensorboard"]);
  }));

gpuTest(
  "trainRun() writes what its metrics say into event files, and none of it twice",
  (gpu) =>
    withTinyRun(4, async (tiny, run) => {
      const config = { ...tiny, train: { ...tiny.train, evalEvery: 2, checkpointEvery: 2 } };
      const options = { gpu, config, run, loggers: ["tensorboard"] as const };
      await trainRun({ ...options, resume: false });
      const short = { ...config, train: { ...config.train, numSteps: 6 } };
      await trainRun({ ...options, config: short, resume: true, step: 2 });
      const records = await readMetrics(`${run}/metrics.jsonl`);
      const [line] = records;
      const phases = ["data", "host", "device", "validation", "writing"];
      for (const name of phases.map((phase) => `${phase}Seconds`)) {
        assertEquals(Number(line![name]) >= 0, true, name);
      }
      assertEquals(Number(line!.memoryBytes) > 0, true);
      assertEquals(Number(line!.peakMemoryBytes) >= Number(line!.memoryBytes), true);
      assertEquals(line!.smoothedLoss, line!.loss);

      const curve: [number, number][] = [];
      const folder = `${run}/tensorboard`;
      const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
      for (const name of names) {
        for (
          const { session, step = 0, scalars } of readEvents(
            await Deno.readFile(`${folder}/${name}`),
          )
        ) {
          if (session === 1) { while (curve.length > 0 && curve.at(-1)![0] >= step) curve.pop(); }
          if ("train/loss" in scalars) curve.push([step, scalars["train/loss"]!]);
        }
      }
      const lines = records.filter(({ kind }) => kind === "train");
      assertEquals(curve.map(([step]) => step), [1, 2, 3, 4, 5, 6]);
      assertEquals(curve, lines.map(({ step, loss }) => [step, Math.fround(Number(loss))]));
    }),
);
