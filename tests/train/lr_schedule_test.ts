import { assertAlmostEquals, assertEquals } from "@std/assert";
import { learningRate, type LrScheduleOptions } from "../../lib/train/lr_schedule.ts";

const rates = (numSteps: number, options: Omit<LrScheduleOptions, "lr">) =>
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

Deno.test("learningRate() falls by time where that is further than the steps, to 0 at its end", () => {
  const options = { lr: 8, warmupSteps: 2, decaySteps: 4 };
  const rate = (step: number, share: number) => learningRate(step, 8, options, share);
  // The second half of the time is the decay, as the second half of the steps would be.
  assertEquals([0, 0.5, 0.625, 0.75, 1].map((share) => rate(2, share)), [8, 8, 6, 4, 0]);
  // What is further decides.
  assertEquals(rate(7, 0.75), 2);
  assertEquals(rate(5, 0.75), 4);
  // It warms up by steps, whatever the time.
  assertEquals([rate(1, 0), rate(1, 0.5), rate(1, 0.875)], [4, 4, 2]);
  // Without a decay time changes nothing.
  assertEquals(learningRate(3, 8, { lr: 8, warmupSteps: 0 }, 0.9), 8);
});

Deno.test("learningRate() is the same to the bit as without a time when none has passed", () => {
  for (const [numSteps, decaySteps] of [[7, 3], [450, 225], [1001, 333], [20, 50]] as const) {
    for (let step = 0; step <= numSteps; step++) {
      const fall = Math.max(0, (numSteps - step) / decaySteps);
      const rise = step < 5 ? step / 5 : 1;
      const options = { lr: 2e-3, warmupSteps: 5, decaySteps };
      assertEquals(learningRate(step, numSteps, options), 2e-3 * Math.min(rise, fall));
      assertEquals(learningRate(step, numSteps, options, 0), learningRate(step, numSteps, options));
    }
  }
});

Deno.test("learningRate() falls from the warm-up to the end on a line or half a wave", () => {
  const shape = (schedule: "linear" | "cosine", minLr = 0) =>
    Array.from(
      { length: 7 },
      (_, step) => learningRate(step, 6, { schedule, lr: 8, minLr, warmupSteps: 2 }),
    );
  assertEquals(shape("linear"), [0, 4, 8, 6, 4, 2, 0]);
  assertEquals(shape("linear", 4), [0, 4, 8, 7, 6, 5, 4]);
  const half = Math.SQRT1_2;
  [0, 4, 8, 4 + 4 * half, 4, 4 - 4 * half, 0].forEach((expected, step) =>
    assertAlmostEquals(shape("cosine")[step]!, expected, 1e-12)
  );
  // By the time, where it is further.
  const options = { schedule: "linear", lr: 8, warmupSteps: 0 } as const;
  assertEquals([0, 0.25, 0.5, 1].map((share) => learningRate(1, 8, options, share)), [7, 6, 4, 0]);
});

Deno.test("learningRate() stays where it is constant, and ends a fall at minLr", () => {
  const constant = { schedule: "constant", lr: 8, warmupSteps: 2 } as const;
  assertEquals([1, 2, 7].map((step) => learningRate(step, 8, constant, 0.9)), [4, 8, 8]);
  assertEquals(rates(8, { warmupSteps: 2, decaySteps: 4, minLr: 4 }), [0, 4, 8, 8, 8, 7, 6, 5]);
  // A warm-up as long as the run leaves nothing to fall over.
  assertEquals(learningRate(2, 4, { schedule: "cosine", lr: 8, warmupSteps: 4 }), 4);
});
