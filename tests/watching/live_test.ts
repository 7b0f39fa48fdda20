/**
 * A run as it is shown while it goes on.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { configToYaml } from "../../lib/config/config_file.ts";
import { DataError, FlmError } from "../../lib/errors.ts";
import { trainRun } from "../../lib/methods/train_run.ts";
import { FolderLock } from "../../lib/system/folder_lock.ts";
import { METRICS_FILE } from "../../lib/train/metrics.ts";
import { watchRun } from "../../tasks/watching/live.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { tinyConfig, withTinyRun } from "../testing/tiny_run.ts";
import { until } from "../testing/until.ts";

/** Looks at a run until it is disposed of. */
function look(run: string) {
  const stop = new AbortController();
  const screens: string[] = [];
  const ended = watchRun(run, {
    every: 0.001,
    signal: stop.signal,
    size: () => ({ columns: 100, rows: 40 }),
    show: (lines) => void screens.push(lines.join("\n")),
  });
  // What it fails by is seen where it is waited for.
  const failed = ended.then(() => ({ stderr: "" }), (error) => ({ stderr: String(error) }));
  return {
    screens,
    /** The screen of a look that begins from now on. */
    async next(): Promise<string> {
      const { length } = screens;
      await until(() => Promise.resolve(screens.length > length + 1), failed);
      return screens.at(-1)!;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

gpuTest(
  "watchRun() shows the end of a run that ends in time, with its last checkpoints",
  (gpu) =>
    withTinyRun(100_000, async (tiny, run) => {
      const config = { ...tiny, train: { ...tiny.train, minutes: 4 / 60 } };
      await Deno.mkdir(run);
      await Deno.writeTextFile(`${run}/config.yaml`, await configToYaml(config));
      await Deno.writeTextFile(`${run}/${METRICS_FILE}`, "");
      await using looks = look(run);
      let [milliseconds, atLastLine] = [0, ""];
      await trainRun({
        ...{ gpu, config, run, resume: false },
        now: () => milliseconds,
        onSteps: () => void (milliseconds += 1000),
        // The metrics have all their losses then, and the checkpoint is not there yet.
        async writeSamples() {
          atLastLine = await looks.next();
          return [];
        },
      });
      assert(atLastLine.includes("ETA 1 s, last line"), atLastLine);
      assert(atLastLine.endsWith("\nno checkpoint yet"), atLastLine);
      const atEnd = await looks.next();
      assert(atEnd.includes("step 5 (100% of 4 s)"), atEnd);
      assert(atEnd.includes("tokens/s, at its end\n"), atEnd);
      assert(atEnd.endsWith("\ncheckpoints: 5"), atEnd);
    }),
);

Deno.test("watchRun() waits for a run that begins", () =>
  withFolder(async (folder) => {
    const run = `${folder}/tiny`;
    const lock = await FolderLock.take(run, (owner) => new FlmError(owner));
    {
      await using looks = look(run);
      assertEquals((await looks.next()).split("\n")[0], "tiny: a training begins");
      await Deno.writeTextFile(`${run}/${METRICS_FILE}`, "");
      assertEquals((await looks.next()).split("\n")[0], "tiny: a training begins");
      await Deno.writeTextFile(`${run}/config.yaml`, await configToYaml(tinyConfig(folder, 9)));
      assertEquals((await looks.next()).split("\n")[0], "tiny: FLM");
      const line = { kind: "train", step: 3, loss: 2 };
      await Deno.writeTextFile(`${run}/${METRICS_FILE}`, `${JSON.stringify(line)}\n`);
      assert((await looks.next()).includes("\nstep 3 of 9 (33%)"));
      // It may be gone on with by other settings.
      await Deno.writeTextFile(`${run}/config.yaml`, await configToYaml(tinyConfig(folder, 30)));
      assert((await looks.next()).includes("\nstep 3 of 30 (10%)"));
    }
    lock[Symbol.dispose]();
  }));

Deno.test("watchRun() waits for no training where there is none", () =>
  withFolder(async (folder) => {
    const watched = () =>
      watchRun(folder, {
        ...{ every: 1, signal: new AbortController().signal },
        ...{ size: () => ({ columns: 80, rows: 24 }), show: () => {} },
      });
    await assertRejects(watched, DataError, `There is no ${METRICS_FILE} in ${folder}`);
    await Deno.writeTextFile(`${folder}/${METRICS_FILE}`, "");
    await assertRejects(watched, DataError, "There is neither config.yaml nor a checkpoint");
  }));
