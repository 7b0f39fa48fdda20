/**
 * Tests of the antithetic times; tasks/parity/time_sampling.ts compares them with the reference.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { drawTimes } from "../../lib/flow/time_sampling.ts";
import { Stream } from "../../lib/random/philox.ts";

Deno.test("drawTimes() puts one time in each part of the interval and shuffles them", () => {
  const times = drawTimes({ seed: 5, step: 9 }, 64);
  const parts = Array.from(times, (t) => Math.floor(t * 64));
  assertEquals(parts.toSorted((a, b) => a - b), Array.from({ length: 64 }, (_, i) => i));
  assertNotEquals(parts, parts.toSorted((a, b) => a - b));
  assertEquals(times, times.map(Math.fround));
});

Deno.test("drawTimes() depends on seed, step, draw and stream alone", () => {
  const key = { seed: 5, step: 9 };
  const times = drawTimes(key, 13);
  assertEquals(times.length, 13);
  assertEquals(drawTimes({ ...key }, 13), times);
  const others = [{ seed: 6 }, { step: 10 }, { draw: 1 }, { stream: Stream.Evaluation }];
  for (const other of others) assertNotEquals(drawTimes({ ...key, ...other }, 13), times);
});

Deno.test("drawTimes() keeps to the interval given", () => {
  const times = drawTimes({ seed: 0, step: 0 }, 500, { min: 0.25, max: 0.5 });
  assert(times.every((t) => t >= 0.25 && t <= 0.5));
  const mean = times.reduce((sum, t) => sum + t, 0) / 500;
  // Antithetic: each of the 500 parts is off its middle by 1/4000 at most.
  assert(Math.abs(mean - 0.375) < 1 / 4000);
});
