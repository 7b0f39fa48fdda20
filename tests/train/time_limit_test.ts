/**
 * The time of a run, by a clock that is set by hand.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { isTrained, TimeLimit } from "../../lib/train/time_limit.ts";
import { ranksInOneProcess } from "../testing/two_ranks.ts";

Deno.test("isTrained() is true at the end of the steps or of the time", () => {
  const timed = { numSteps: 9, minutes: 0.5 };
  assertEquals(isTrained({ step: 8 }, { numSteps: 9, minutes: null }), false);
  assertEquals(isTrained({ step: 9 }, { numSteps: 9, minutes: null }), true);
  assertEquals(isTrained({ step: 1, seconds: 99 }, { numSteps: 9, minutes: null }), false);
  assertEquals(isTrained({ step: 1 }, timed), false);
  assertEquals(isTrained({ step: 1, seconds: 29.9 }, timed), false);
  assertEquals(isTrained({ step: 1, seconds: 30 }, timed), true);
  assertEquals(isTrained({ step: 9, seconds: 0 }, timed), true);
});

Deno.test("TimeLimit counts from its start, beyond what was before, as it is read", async () => {
  let milliseconds = 500_000;
  const time = new TimeLimit({ minutes: 2, before: 30, now: () => milliseconds });
  milliseconds += 50_000;
  await time.read();
  assertEquals([time.seconds, time.share], [30, 0.25]);
  time.start();
  milliseconds += 30_000;
  assertEquals(time.seconds, 30);
  // It is started once.
  time.start();
  await time.read();
  assertEquals([time.seconds, time.share], [60, 0.5]);
  assertEquals(time.passed, { seconds: 60, limit: 120 });
  milliseconds += 100_000;
  await time.read();
  assertEquals([time.seconds, time.share], [160, 1]);
});

Deno.test("TimeLimit goes on counting, without an end, only what was counted before", async () => {
  let milliseconds = 0;
  const seconds = async (before?: number) => {
    const time = new TimeLimit({ minutes: null, before, now: () => milliseconds });
    time.start();
    milliseconds += 7000;
    await time.read();
    assertEquals([time.share, time.passed], [0, null]);
    return time.seconds;
  };
  assertEquals(await seconds(), undefined);
  assertEquals(await seconds(3), 10);
});

Deno.test("TimeLimit says the same to all ranks, whatever their clocks say", async () => {
  const clocks = [1000, 5000];
  const times = ranksInOneProcess(2).map((ranks, i) =>
    new TimeLimit({ minutes: 1, ranks, now: () => clocks[i]! })
  );
  for (const time of times) time.start();
  clocks[0]! += 10_000;
  clocks[1]! += 12_000;
  await Promise.all(times.map((time) => time.read()));
  assertEquals(times.map(({ seconds }) => seconds), [11, 11]);
});
