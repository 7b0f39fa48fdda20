/**
 * Teachers that must not go on learning, and runs that make room.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError, ConfigError } from "../../lib/errors.ts";
import { exists } from "../../lib/system/exists.ts";
import { lockRun } from "../../lib/train/run_lock.ts";
import { removeRun } from "../../tasks/runs/remove_run.ts";
import { requireSettledTeacher } from "../../tasks/runs/settled_teacher.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";

Deno.test("requireSettledTeacher() refuses a teacher that would go on after its student began", () =>
  withFolder(async (folder) => {
    const [run, student] = [`${folder}/a`, `${folder}/b`];
    const require = (numSteps: number) =>
      requireSettledTeacher({ run, numSteps, minutes: null }, student);
    await require(9);
    await Deno.mkdir(`${run}/checkpoints/0000007`, { recursive: true });
    await require(9);
    await Deno.mkdir(`${student}/checkpoints/0000002`, { recursive: true });
    await require(7);
    await assertRejects(
      () => require(1200),
      ConfigError,
      `${run} would go on from step 7 to 1,200, but ${student} has begun to learn from it as it is.`,
    );
  }));

gpuTest(
  "requireSettledTeacher() heeds the time of a teacher that ends in time",
  (gpu) =>
    withFolder(async (folder) => {
      const [run, student] = [`${folder}/a`, `${folder}/b`];
      await writeTinyCheckpoint(gpu, run, { seconds: 90 });
      await Deno.mkdir(`${student}/checkpoints/0000002`, { recursive: true });
      const require = (minutes: number) =>
        requireSettledTeacher({ run, numSteps: 1000, minutes }, student);
      await require(1.5);
      await assertRejects(
        () => require(2),
        ConfigError,
        `${run} would go on from 1.5 to 2 minutes, but ${student} has begun to learn from it`,
      );
    }),
);

Deno.test("removeRun() removes a run, unless a training is at work in it", async () => {
  const run = `runs/test-${crypto.randomUUID().slice(0, 8)}`;
  await Deno.mkdir(run, { recursive: true });
  {
    using _lock = await lockRun(run);
    await assertRejects(() => removeRun(run), CheckpointError, "is training in");
  }
  await removeRun(run);
  assertEquals(await exists(run), false);
  await removeRun(run);
  assertEquals(await exists(run), false);
});
