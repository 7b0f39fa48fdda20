import { assertEquals } from "@std/assert";
import { trainRun } from "../../lib/methods/train_run.ts";
import { readMetrics } from "../../lib/train/metrics.ts";
import { NoiseLog } from "../../lib/train/noise_log.ts";
import { gpuTest } from "../testing/gpu.ts";
import { withTinyRun } from "../testing/tiny_run.ts";

Deno.test("NoiseLog takes the scale of averages, of those from before a stop too", () => {
  const log = new NoiseLog();
  const first = log.add({ gradVariance: 8, gradSquares: 2 });
  assertEquals(first, { gradVariance: 8, gradSquares: 2, gradNoiseScale: 4 });
  const second = log.add({ gradVariance: 8, gradSquares: -1 });
  // (0.09·2 − 0.1·1) / (0.09 + 0.1): the older estimate keeps the average from below 0.
  assertEquals(second.gradNoiseScale, 19);
  const other = { kind: "train", step: 0, loss: 2 };
  const lines = [first, second].map((line, i) => ({ kind: "train", step: i + 1, ...line }));
  const next = { gradVariance: 3, gradSquares: 1 };
  const again = new NoiseLog();
  for (const line of [other, ...lines]) again.goOnFrom(line);
  assertEquals(again.add(next), log.add(next));
});

gpuTest(
  "trainRun() measures the noise of gradients alike if it is stopped in between",
  (gpu) =>
    withTinyRun(6, async (tiny, run) => {
      const train = { ...tiny.train, microBatchSize: 1, gradNoiseScale: true, logEvery: 3 };
      const config = { ...tiny, train };
      const noises = async (folder: string) =>
        (await readMetrics(`${folder}/metrics.jsonl`))
          .filter(({ kind, step }) => kind === "train" && step % 3 === 0)
          .map(({ step, gradVariance, gradSquares, gradNoiseScale }) => ({
            ...{ step, gradVariance, gradSquares, gradNoiseScale },
          }));
      await trainRun({ gpu, config, run, resume: false });
      const expected = await noises(run);
      assertEquals(expected.map(({ step }) => step), [3, 6]);
      for (const { gradVariance } of expected) assertEquals(Number(gradVariance) > 0, true);
      const stopped = `${run}-stopped`;
      const short = { ...config, train: { ...train, numSteps: 4 } };
      await trainRun({ gpu, config: short, run: stopped, resume: false });
      await trainRun({ gpu, config, run: stopped, resume: true });
      assertEquals(await noises(stopped), expected);
    }),
);
