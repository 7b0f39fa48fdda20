/**
 * What lines of metrics average.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { LogWindow } from "../../lib/train/log_window.ts";

const STEPS = [
  { loss: 3.25, gradNorm: 0.1, skipped: false },
  { loss: 2.5, gradNorm: 0.2, skipped: false },
  { loss: 1.125, gradNorm: 0.3, skipped: false },
];

const NAN_NOISE = { gradVariance: NaN, gradSquares: NaN };

Deno.test("LogWindow averages the steps since the last line, those of before included", () => {
  const whole = new LogWindow();
  for (const step of STEPS) whole.add(step);
  const { loss, gradNorm, stepsPerSecond } = whole.means();
  assertEquals([loss, gradNorm], [(3.25 + 2.5 + 1.125) / 3, (0.1 + 0.2 + 0.3) / 3]);
  assert(stepsPerSecond > 0);

  const first = new LogWindow();
  first.add(STEPS[0]!);
  const second = new LogWindow(first.unlogged);
  for (const step of STEPS.slice(1)) second.add(step);
  const { stepsPerSecond: _, ...means } = second.means();
  assertEquals(means, { loss, gradNorm, skippedSteps: 0 });

  second.clear();
  assertEquals(second.unlogged, undefined);
  second.add(STEPS[1]!);
  assertEquals(second.unlogged, { steps: 1, loss: 2.5, gradNorm: 0.2, skippedSteps: 0 });
});

Deno.test("LogWindow averages the noise of gradients over the steps in which it was measured", () => {
  const first = new LogWindow();
  first.add(STEPS[0]!);
  first.add({ ...STEPS[1]!, gradNoise: { gradVariance: 4, gradSquares: 1 } });
  const second = new LogWindow(JSON.parse(JSON.stringify(first.unlogged)));
  second.add({ ...STEPS[2]!, gradNoise: { gradVariance: 7, gradSquares: -2 } });
  second.add({ loss: NaN, gradNorm: NaN, skipped: true, gradNoise: NAN_NOISE });
  assertEquals(second.means().gradNoise, { gradVariance: 5.5, gradSquares: -0.5 });
});

Deno.test("LogWindow averages what is finite, and counts the steps that were left out", () => {
  const first = new LogWindow();
  first.add({ loss: NaN, gradNorm: NaN, skipped: true });
  const { stepsPerSecond: _first, ...none } = first.means();
  assertEquals(none, { loss: NaN, gradNorm: NaN, skippedSteps: 1 });
  const second = new LogWindow(JSON.parse(JSON.stringify(first.unlogged)));
  second.add(STEPS[0]!);
  second.add({ loss: 2, gradNorm: Infinity, skipped: true });
  second.add({ loss: Infinity, gradNorm: 1, skipped: false });
  const { stepsPerSecond: _second, ...means } = second.means();
  assertEquals(means, { loss: 3.25, gradNorm: 0.1, skippedSteps: 2 });
});

Deno.test("LogWindow leaves the first steps, which compile, out of the speed of others", () => {
  let time = 0;
  const window = new LogWindow(undefined, () => time);
  time = 20_000;
  window.add(STEPS[0]!);
  window.start();
  // Better than none.
  assertEquals(window.means().stepsPerSecond, 0.05);
  time += 500;
  window.add(STEPS[1]!);
  window.start();
  window.add(STEPS[2]!);
  const { stepsPerSecond, loss } = window.means();
  assertEquals([stepsPerSecond, loss], [4, (3.25 + 2.5 + 1.125) / 3]);
});
