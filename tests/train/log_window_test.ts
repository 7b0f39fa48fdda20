/**
 * What lines of metrics average.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { LogWindow } from "../../lib/train/log_window.ts";

const STEPS = [{ loss: 3.25, gradNorm: 0.1 }, { loss: 2.5, gradNorm: 0.2 }, {
  loss: 1.125,
  gradNorm: 0.3,
}];

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
  assertEquals(means, { loss, gradNorm });

  second.clear();
  assertEquals(second.unlogged, undefined);
  second.add(STEPS[1]!);
  assertEquals(second.unlogged, { steps: 1, loss: 2.5, gradNorm: 0.2 });
});

Deno.test("LogWindow keeps nothing for later that JSON cannot say", () => {
  const window = new LogWindow();
  window.add({ loss: 1, gradNorm: Infinity });
  assertEquals(window.unlogged, undefined);
  assertEquals(window.means().gradNorm, Infinity);
});
