import { assertAlmostEquals, assertEquals } from "@std/assert";
import { learningRate } from "../../lib/train/lr_schedule.ts";

const rates = (numSteps: number, options: { warmupSteps: number; decaySteps?: number }) =>
  Array.from(
    { length: numSteps },
    (_, step) => learningRate(step, numSteps, { lr: 8, ...options }),
  );

Deno.test("learningRate() rises from 0 over the warm-up and then stays", () => {
  assertEquals(rates(6, { warmupSteps: 4 }), [0, 2, 4, 6, 8, 8]);
  assertEquals(rates(2, { warmupSteps: 0 }), [8, 8]);
  assertAlmostEquals(learningRate(2499, 1e6, { lr: 3e-4, warmupSteps: 2500 }), 3e-4 * 0.9996);
});

Deno.test("learningRate() falls towards 0 over the last steps if asked", () => {
  assertEquals(rates(8, { warmupSteps: 2, decaySteps: 4 }), [0, 4, 8, 8, 8, 6, 4, 2]);
  assertEquals(learningRate(9, 8, { lr: 8, warmupSteps: 0, decaySteps: 4 }), 0);
});
