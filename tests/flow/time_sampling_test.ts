/**
 * Tests of the antithetic times.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { drawTimes, shareOf, timesFromDraws } from "../../lib/flow/time_sampling.ts";
import { Stream } from "../../lib/random/philox.ts";

interface GoldenCase {
  name: string;
  t_min: number;
  t_max: number;
  uniform: number[];
  permutation: number[] | null;
  t: number[];
  training: {
    num_nodes: number;
    node_rank: number;
    num_devices: number;
    local_rank: number;
    accumulate_grad_batches: number;
    accum_step: number;
  } | null;
}

Deno.test("timesFromDraws() and shareOf() agree with the reference to the last bit", async () => {
  const golden = JSON.parse(await Deno.readTextFile("tests/golden/time_sampling.json"));
  for (const { name, uniform, permutation, t, t_min, t_max, training } of golden.cases) {
    let times = timesFromDraws({ uniform, permutation }, { min: t_min, max: t_max });
    if (training) times = shareOf(times, shareOfGolden(training));
    assertEquals(Array.from(times), t, name);
  }
  assert(golden.cases.some(({ training }: GoldenCase) => training !== null));
});

function shareOfGolden(training: NonNullable<GoldenCase["training"]>) {
  return {
    numRanks: training.num_nodes * training.num_devices,
    rank: training.node_rank * training.num_devices + training.local_rank,
    numMicroSteps: training.accumulate_grad_batches,
    microStep: training.accum_step,
  };
}

Deno.test("shareOf() deals out the whole batch once, in order", () => {
  const values = Float64Array.from({ length: 29 }, (_, i) => i);
  const dealt: number[] = [];
  for (let rank = 0; rank < 3; rank++) {
    for (let microStep = 0; microStep < 4; microStep++) {
      dealt.push(...shareOf(values, { numRanks: 3, rank, numMicroSteps: 4, microStep }));
    }
  }
  assertEquals(dealt, Array.from(values));
});

Deno.test("shareOf() gives nothing when there are more micro-steps than samples", () => {
  const share = { numRanks: 1, rank: 0, numMicroSteps: 5, microStep: 4 };
  assertEquals(shareOf(new Float64Array(3), share).length, 0);
});

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
