import { assertEquals } from "@std/assert";
import { trainRun } from "../../lib/methods/train_run.ts";
import { sleep } from "../../lib/system/pause.ts";
import { readMetrics } from "../../lib/train/metrics.ts";
import { secondsIn } from "../../lib/train/phase_clock.ts";
import { RunLog, summaryOf } from "../../lib/train/run_log.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { readEvents } from "../testing/tensorboard.ts";
import { withTinyRun } from "../testing/tiny_run.ts";

/** The losses by steps as TensorBoard shows them: a START takes away those from its step on. */
async function curveIn(folder: string): Promise<[number, number][]> {
  const curve: [number, number][] = [];
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
  for (const name of names) {
    const events = readEvents(await Deno.readFile(`${folder}/${name}`));
    for (const { session, step = 0, scalars } of events) {
      if (session === 1) { while (curve.length > 0 && curve.at(-1)![0] >= step) curve.pop(); }
      if ("train/loss" in scalars) curve.push([step, scalars["train/loss"]!]);
    }
  }
  return curve;
}

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
  assertEquals(summaryOf({ kind: "end", step: 3, writingSeconds: 1 }), null);
  assertEquals(summaryOf({ kind: "samples", step: 3, numSteps: 1, entropy: 2 }), {
    scalars: { "samples/entropy (1 steps)": 2 },
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
    const before: unknown[] = [];
    const isKept = (record: unknown) => before.push(record) > 0;
    using _log = await RunLog.open(folder, 1, { loggers: ["tensorboard"], isKept });
    assertEquals(before, [{ kind: "train", step: 1, loss: 2 }]);
    assertEquals((await names()).sort(), ["metrics.jsonl", "tensorboard"]);
  }));

Deno.test("RunLog goes on with the event files of a run, asked or not", () =>
  withFolder(async (folder) => {
    for (const [from, loggers] of [[null, ["tensorboard"]], [2, []], [1, []]] as const) {
      using log = await RunLog.open(folder, from, { loggers });
      const first = (from ?? 0) + 1;
      for (const step of [first, first + 1]) log.write({ kind: "train", step, loss: 10 * step });
    }
    assertEquals(await curveIn(`${folder}/tensorboard`), [[1, 10], [2, 20], [3, 30]]);
    await Deno.remove(`${folder}/tensorboard`, { recursive: true });
    await Deno.mkdir(`${folder}/tensorboard`);
    using log = await RunLog.open(folder, 3);
    log.write({ kind: "train", step: 4, loss: 40 });
    assertEquals(await curveIn(`${folder}/tensorboard`), []);
  }));

gpuTest(
  "trainRun() ends its metrics with the time since their last line, and counts none of it twice",
  (gpu) =>
    withTinyRun(6, async (tiny, run) => {
      const config = { ...tiny, train: { ...tiny.train, evalEvery: 0, checkpointEvery: 100 } };
      const stop = new AbortController();
      const file = `${run}/metrics.jsonl`;
      const ends = async () => (await readMetrics(file)).filter(({ kind }) => kind === "end");
      await trainRun({
        ...{ gpu, config, run, resume: false, signal: stop.signal },
        onSteps: ({ step }) => step === 3 && stop.abort(),
        loggers: ["tensorboard"],
      });
      const [end] = await ends();
      assertEquals([end!.step, Number(end!.writingSeconds) > 0], [3, true]);
      // As if its checkpoint had taken long.
      const text = await Deno.readTextFile(file);
      await Deno.writeTextFile(
        file,
        text.replace(/"writingSeconds":[^,}]+(?=[^{]*$)/, (found) => {
          assertEquals(found, `"writingSeconds":${end!.writingSeconds}`);
          return '"writingSeconds":1000';
        }),
      );
      const samplesMs = 100;
      await trainRun({
        ...{ gpu, config, run, resume: true },
        writeSamples: () => sleep(samplesMs).then(() => []),
      });
      const records = await readMetrics(file);
      assertEquals(records.slice(-2).map(({ kind, step }) => [kind, step]), [
        ["validation", 6],
        ["end", 6],
      ]);
      assertEquals((await ends()).length, 1);
      const [line] = records.filter(({ kind, step }) => kind === "train" && step === 4);
      assertEquals(Number(line!.writingSeconds), 1000);
      const writing = secondsIn("writing", records);
      assertEquals(writing > 1000 && writing < 1100, true, `${writing} s`);
      assertEquals(secondsIn("validation", records) >= samplesMs / 1000 * 0.9, true);
    }),
);

gpuTest(
  "trainRun() writes what its metrics say into event files, and none of it twice",
  (gpu) =>
    withTinyRun(4, async (tiny, run) => {
      const config = { ...tiny, train: { ...tiny.train, evalEvery: 2, checkpointEvery: 2 } };
      const options = { gpu, config, run, loggers: ["tensorboard"] as const };
      await trainRun({ ...options, resume: false });
      const longer = { ...config, train: { ...config.train, numSteps: 6 } };
      await trainRun({ gpu, config: longer, run, resume: true, step: 2 });
      const records = await readMetrics(`${run}/metrics.jsonl`);
      const [line] = records;
      const phases = ["data", "host", "device", "validation", "writing"];
      for (const name of phases.map((phase) => `${phase}Seconds`)) {
        assertEquals(Number(line![name]) >= 0, true, name);
      }
      assertEquals(Number(line!.memoryBytes) > 0, true);
      assertEquals(Number(line!.peakMemoryBytes) >= Number(line!.memoryBytes), true);
      assertEquals(line!.smoothedLoss, line!.loss);

      const curve = await curveIn(`${run}/tensorboard`);
      const lines = records.filter(({ kind }) => kind === "train");
      assertEquals(curve.map(([step]) => step), [1, 2, 3, 4, 5, 6]);
      assertEquals(curve, lines.map(({ step, loss }) => [step, Math.fround(Number(loss))]));
    }),
);
