import { assertEquals } from "@std/assert";
import { outdatedSteps } from "../../lib/checkpoint/kept.ts";

Deno.test("outdatedSteps() leaves the newest ones, and takes later ones away", () => {
  assertEquals(outdatedSteps([10, 30, 20, 50, 40], 40, { newest: 2 }), [50, 20, 10]);
  assertEquals(outdatedSteps([10, 30, 20], 30, { newest: 1 }), [20, 10]);
  assertEquals(outdatedSteps([10, 30, 20], 30, { newest: 9 }), []);
});

Deno.test("outdatedSteps() leaves those of multiples and the best one besides", () => {
  const steps = [60, 50, 40, 30, 20, 10];
  assertEquals(outdatedSteps(steps, 60, { newest: 2, every: 20, best: 10 }), [30]);
  assertEquals(outdatedSteps(steps, 60, { newest: 2, every: 0, best: 30 }), [40, 20, 10]);
  // A run that went back has lost what came later, whatever it was.
  assertEquals(outdatedSteps(steps, 30, { newest: 1, every: 20, best: 60 }), [60, 50, 40, 10]);
});
