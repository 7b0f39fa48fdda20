/**
 * Runs that end when their time is up.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import type { Config } from "../../lib/config/config.ts";
import { trainRun } from "../../lib/methods/train_run.ts";
import { readMetrics } from "../../lib/train/metrics.ts";
import { gpuTest } from "../testing/gpu.ts";
import { lossLines, weightsOf } from "../testing/run_files.ts";
import { withTinyRun } from "../testing/tiny_run.ts";

/**
 * A clock that goes on by a second with every step that is read back, and the hook that moves it.
 */
function stepClock() {
  let milliseconds = 0;
  return { now: () => milliseconds, onSteps: () => void (milliseconds += 1000) };
}

const withMinutes = (config: Config, seconds: number | null): Config => ({
  ...config,
  train: { ...config.train, minutes: seconds === null ? null : seconds / 60 },
});

gpuTest(
  "trainRun() ends when its time is up, and goes on with what is left of a longer one",
  (gpu) =>
    withTinyRun(100, async (tiny, run) => {
      const config = { ...tiny, optim: { ...tiny.optim, decaySteps: 50 } };
      const sit = (seconds: number, resume: boolean) =>
        trainRun({ gpu, config: withMinutes(config, seconds), run, resume, ...stepClock() });
      const lines = async (kind: string) =>
        (await readMetrics(`${run}/metrics.jsonl`)).filter((record) => record.kind === kind);
      // The first step of a sitting is not counted: it is also spent on compiling.
      const first = await sit(4, false);
      assertEquals([first.step, first.interrupted, first.stepsDone], [5, false, 5]);
      assertEquals((await Checkpoint.open(run)).state.seconds, 4);
      assertEquals((await lines("validation")).map(({ step }) => step), [5]);
      // Warmed up after two steps, and over the second half of the time down to 0.
      const rates = async () =>
        (await lines("train")).map(({ lr }) => Number(lr) / config.optim.lr);
      assertEquals(await rates(), [0, 0.5, 1, 1, 0.5]);
      // As the clock was read before each: at first after the first step.
      const times = async () => (await lines("train")).map(({ workSeconds }) => workSeconds);
      assertEquals(await times(), [0, 0, 1, 2, 3]);
      assertEquals((await sit(4, true)).stepsDone, 0);
      // Longer, so that half of the time is over when it goes on.
      const second = await sit(8, true);
      assertEquals([second.step, second.interrupted], [10, false]);
      assertEquals((await rates()).slice(5), [1, 1, 0.75, 0.5, 0.25]);
      assertEquals((await times()).slice(5), [4, 4, 5, 6, 7]);
      assertEquals((await lines("validation")).map(({ step }) => step), [5, 10]);
      assertEquals(first.validation !== undefined, true);
    }),
);

gpuTest(
  "trainRun() that ends in time validates, logs and saves what was not yet due",
  (gpu) =>
    withTinyRun(100, async (tiny, run) => {
      // Every step is read back, since a checkpoint is due after each.
      const train = { ...tiny.train, logEvery: 50, evalEvery: 0, checkpointEvery: 1 };
      const config = withMinutes({ ...tiny, train }, 2);
      const clock = stepClock();
      const saved: string[] = [];
      const result = await trainRun({
        gpu,
        config,
        run,
        resume: false,
        now: clock.now,
        onSteps: clock.onSteps,
        onCheckpoint: (folder) => saved.push(folder.slice(-1)),
      });
      assertEquals([result.step, result.interrupted], [3, false]);
      const records = await readMetrics(`${run}/metrics.jsonl`);
      assertEquals(records.map(({ kind, step }) => [kind, step]), [
        ["train", 3],
        ["validation", 3],
        ["end", 3],
      ]);
      // The third was written before the clock was read: it must say that the run is at its end.
      assertEquals(saved, ["1", "2", "3", "3"]);
      assertEquals((await Checkpoint.open(run)).state.seconds, 2);
      const again = await trainRun({ gpu, config, run, resume: true, now: clock.now });
      assertEquals([again.stepsDone, again.interrupted], [0, false]);
    }),
);

gpuTest(
  "trainRun() keeps the time of all sittings, and ends at its steps if these are done before",
  (gpu) =>
    withTinyRun(9, async (config, run) => {
      const stop = new AbortController();
      const clock = stepClock();
      const cut = await trainRun({
        gpu,
        config: withMinutes(config, 600),
        run,
        resume: false,
        signal: stop.signal,
        now: clock.now,
        onSteps({ step }, _skipped, time) {
          clock.onSteps();
          assertEquals(time, { seconds: Math.max(0, step - 2), limit: 600 });
          if (step === 4) stop.abort();
        },
      });
      assertEquals([cut.step, cut.interrupted], [4, true]);
      assertEquals((await Checkpoint.open(run)).state.seconds, 3);
      const rest = await trainRun({
        ...{ gpu, config: withMinutes(config, 600), run, resume: true },
        ...stepClock(),
      });
      assertEquals([rest.step, rest.interrupted], [9, false]);
      assertEquals((await Checkpoint.open(run)).state.seconds, 7);
    }),
);

gpuTest(
  "trainRun() with all time in the world gives the bits of a run without an end in time",
  (gpu) =>
    withTinyRun(7, async (tiny, run) => {
      const config = { ...tiny, optim: { ...tiny.optim, decaySteps: 5 } };
      for (const [folder, seconds] of [[run, null], [`${run}-timed`, 60]] as const) {
        const timed = withMinutes(config, seconds);
        await trainRun({ gpu, config: timed, run: folder, resume: false, now: () => 0 });
      }
      for (const group of ["model", "ema", "optimizer"]) {
        assertEquals(await weightsOf(`${run}-timed`, group), await weightsOf(run, group));
      }
      assertEquals(await lossLines(`${run}-timed`), await lossLines(run));
      assertEquals((await Checkpoint.open(run)).state.seconds, undefined);
    }),
);
