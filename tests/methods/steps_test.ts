/**
 * What the samplers' steps do to noise and data, and the times they ask for.
 *
 * @module
 */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { SamplerStep } from "../../lib/flow/sampler_steps.ts";
import { GammaSchedule } from "../../lib/flow/schedule.ts";
import { flmSteps } from "../../lib/methods/flm/steps.ts";
import { psdSteps } from "../../lib/methods/psd/steps.ts";
import { secondStageSteps } from "../../lib/methods/second_stage/steps.ts";
import { semigroupSteps } from "../../lib/methods/semigroup/steps.ts";

const NUM_STEPS = 5;
const schedule = new GammaSchedule(60);
const renewal = 0.8;

/** γ before and after each step. */
const gammas = Array.from(
  { length: NUM_STEPS + 1 },
  (_, i) => schedule.gammaAt(i / NUM_STEPS),
);

/**
 * Checks that a step carries z = (1−γ)·n + γ·x to the same with γ after the step, if p = x and
 * g = 0: in its mean, and in the deviation of its noise.
 */
function assertKeepsTheFlow(steps: SamplerStep[], tolerance: number): void {
  assertEquals(steps.map(({ gamma }) => gamma), gammas.slice(1));
  steps.forEach(({ keep, predict, noise }, i) => {
    const [before, after] = [gammas[i]!, gammas[i + 1]!];
    assertAlmostEquals(keep * before + predict, after, tolerance, `data in step ${i}`);
    const deviation = Math.hypot(keep * (1 - before), noise);
    assertAlmostEquals(deviation, 1 - after, tolerance, `noise in step ${i}`);
  });
}

Deno.test("samplers' steps carry noised data along the flow", () => {
  for (const renewal of [0, 0.3, 0.8, 1]) {
    assertKeepsTheFlow(flmSteps(schedule, NUM_STEPS, renewal), 1e-4);
    assertKeepsTheFlow(secondStageSteps(schedule, NUM_STEPS, renewal), 1e-4);
    assertKeepsTheFlow(semigroupSteps(schedule, NUM_STEPS, renewal), 1e-4);
    assertKeepsTheFlow(psdSteps(schedule, NUM_STEPS, renewal), 1e-12);
  }
});

Deno.test("samplers' steps ask at even times", () => {
  const times = [0, 0.2, 0.4, 0.6, 0.8];
  const targets = [0.2, 0.4, 0.6, 0.8, 1];
  for (const stepsOf of [flmSteps, secondStageSteps, semigroupSteps]) {
    const steps = stepsOf(schedule, NUM_STEPS);
    assertEquals(steps.map(({ time }) => time), times);
    assertEquals(steps.map(({ index }) => index), [0, 1, 2, 3, 4]);
    const expected = stepsOf === flmSteps ? times.map(() => undefined) : targets;
    assertEquals<unknown>(steps.map(({ targetTime }) => targetTime), expected);
  }
  const psd = psdSteps(schedule, NUM_STEPS, 0);
  assertEquals(psd.map(({ time }) => time), times);
  psd.forEach(({ targetTime }, i) => assertAlmostEquals(targetTime!, targets[i]!, 1e-6));
});

Deno.test("samplers ask beyond the end of a step, the further the more noise they renew", () => {
  for (const stepsOf of [secondStageSteps, semigroupSteps, psdSteps]) {
    const [none, some, all] = [0, renewal, 1].map((renewal) =>
      stepsOf(schedule, NUM_STEPS, renewal)
    );
    for (let i = 0; i < NUM_STEPS - 1; i++) {
      const sigma = 1 - gammas[i + 1]!;
      assertEquals([none![i]!.noise, all![i]!.noise], [0, sigma]);
      assertAlmostEquals(some![i]!.noise, renewal * sigma, 1e-15);
      assert(none![i]!.targetTime! < some![i]!.targetTime!);
      assertEquals(all![i]!.targetTime, 1);
      assertAlmostEquals(all![i]!.keep, 0, 1e-4);
    }
  }
});

Deno.test("samplers' last step takes the prediction; that of a semigroup its correction as well", () => {
  const end = { keep: 0, predict: 1, correct: 0, noise: 0, gamma: 1 };
  for (const numSteps of [1, NUM_STEPS]) {
    for (
      const steps of [
        flmSteps(schedule, numSteps),
        flmSteps(schedule, numSteps, renewal),
        secondStageSteps(schedule, numSteps),
        psdSteps(schedule, numSteps, renewal),
      ]
    ) {
      const { index: _index, time: _time, targetTime: _target, ...last } = steps.at(-1)!;
      assertEquals(last, end);
    }
  }
  for (const renewal of [0, 0.5, 1]) {
    // Correction and prediction keep their proportion: together they are the data.
    semigroupSteps(schedule, NUM_STEPS, renewal).forEach(({ correct, predict, noise, keep }, i) => {
      const reach = 1 - Math.sqrt((1 - gammas[i + 1]!) ** 2 - noise ** 2);
      const expected = 0.5 * (reach - gammas[i]!) * (1 - gammas[i]!);
      assertAlmostEquals(correct / predict, expected, 1e-4);
      assert(keep > 0);
    });
  }
  for (const [i, { correct, keep, predict }] of semigroupSteps(schedule, NUM_STEPS).entries()) {
    assertAlmostEquals(correct, (gammas[i + 1]! - gammas[i]!) ** 2 / 2, 1e-15);
    assertEquals(keep + predict, 1);
  }
});
