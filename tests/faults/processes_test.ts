/**
 * Processes that get in each other's way, or are cut off from the world: two on a new run at the
 * same moment, one that stands still for long, output that nobody takes, a clock that jumps. They
 * end, leave no process behind, and what they make is the same to the bit. Signals at the terminal
 * are in tests/cli/interrupt_test.ts and tests/tasks_test.ts.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { trainRun } from "../../lib/methods/train_run.ts";
import { exists } from "../../lib/system/exists.ts";
import { readMetrics } from "../../lib/train/metrics.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { descendants } from "../testing/program.ts";
import { withTinyRun } from "../testing/tiny_run.ts";
import { until } from "../testing/until.ts";
import { type Image, restoreImage, takeImage } from "./images.ts";
import { denoRun, runKilled } from "./killed_program.ts";
import { goOn, outcomeOf, prepare, type Workload, WORKLOADS } from "./workloads.ts";

const { SHARDS, TRAIN } = WORKLOADS;

/** What work begins with, and what it comes to, once it was asked for. */
const known = new Map<Workload, Promise<{ start: Image; whole: unknown }>>();

const knowledgeOf = (work: Workload) =>
  withFolder(async (folder) => {
    await prepare(work, folder);
    const start = takeImage(folder);
    await goOn(work, folder);
    return { start, whole: await outcomeOf(folder) };
  });

/** Runs a test in a folder that is ready for work, with what the work comes to there. */
async function withWork(
  work: Workload,
  test: (folder: string, command: readonly string[], whole: unknown) => Promise<void>,
): Promise<void> {
  if (!known.has(work)) known.set(work, knowledgeOf(work));
  const { start, whole } = await known.get(work)!;
  await withFolder(async (folder) => {
    await restoreImage(folder, start);
    await test(folder, (await work.command(folder))!, whole);
    assertEquals(await descendants(Deno.pid), [], "processes are left behind");
  });
}

for (const work of [SHARDS, TRAIN]) {
  Deno.test(`${work.name} is done by one of two processes that begin at the same moment`, () =>
    withWork(work, async (folder, command, whole) => {
      const ended = await Promise.all([0, 1].map(() => runKilled(command, folder)));
      const refused = ended.filter(({ code }) => code !== 0);
      for (const { code, output } of refused) {
        assertEquals(code, 1);
        assertMatch(
          output,
          /error: Another process .* is (training in|making)|holds a run already/,
        );
      }
      assert(refused.length < 2, ended.map(({ output }) => output).join("\n"));
      assertEquals(await outcomeOf(folder), whole);
    }));
}

Deno.test("a training that stands still keeps others out, and goes on as if nothing had been", () =>
  withWork(TRAIN, async (folder, command, whole) => {
    const child = denoRun(command, { cwd: folder }).spawn();
    const output = child.output();
    try {
      await until(() => exists(`${folder}/runs/tiny/config.yaml`), output);
      child.kill("SIGSTOP");
      const { code, output: said } = await runKilled(command, folder);
      assertEquals(code, 1);
      assertMatch(said, new RegExp(`Another process \\(${child.pid} .* is training in`));
    } finally {
      child.kill("SIGCONT");
    }
    assertEquals((await output).code, 0);
    assertEquals(await outcomeOf(folder), whole);
  }));

Deno.test("a training goes on when nobody reads how far it is", () =>
  withWork(TRAIN, async (folder, command, whole) => {
    const child = denoRun(command, { cwd: folder }).spawn();
    await child.stderr.cancel();
    await child.stdout.pipeTo(new WritableStream());
    assertEquals((await child.status).code, 0);
    assertEquals(await outcomeOf(folder), whole);
  }));

gpuTest(
  "trainRun() ends with the same bits while the clock jumps",
  (gpu) =>
    withTinyRun(6, async (config, run) => {
      // It counts its time, which is not that of the clock.
      const train = { ...config.train, minutes: 1000 };
      const go = async (run: string) => {
        await trainRun({
          ...{ gpu, config: { ...config, train }, run, resume: false, loggers: ["tensorboard"] },
        });
        return (await Checkpoint.open(run)).state;
      };
      const { files } = await go(`${run}-whole`);
      const { now } = Date;
      let times = 0;
      Date.now = () => now() + (times++ % 2 === 0 ? -1 : 1) * 1e11;
      try {
        const { files: found, seconds } = await go(run);
        assertEquals(found, files);
        assert(times > 0 && seconds! > 0 && seconds! < 60_000, `${seconds} s`);
      } finally {
        Date.now = now;
      }
      for (const { kind, tokensPerSecond } of await readMetrics(`${run}/metrics.jsonl`)) {
        assert(kind !== "train" || Number(tokensPerSecond) > 0);
      }
    }),
);
