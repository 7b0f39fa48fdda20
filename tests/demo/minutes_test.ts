import { assertEquals, assertThrows } from "@std/assert";
import { trainingConfig } from "../../lib/config/config.ts";
import { ConfigError } from "../../lib/errors.ts";
import { withMinutes } from "../../tasks/demo/minutes.ts";
import { tinyConfig } from "../testing/tiny_run.ts";

const train = { numSteps: 9, batchSize: 4 };
const timed = tinyConfig("none", 9, {
  train: { ...train, minutes: 2 },
  distill: { train: { minutes: 1 } },
  // The judge has as many as the first training.
  ar: { train: { numSteps: 5 } },
});

Deno.test("withMinutes() shares a time out as the recipe does", () => {
  const config = withMinutes(timed, 10);
  const minutes = ([null, "distill", "ar"] as const)
    .map((section) => trainingConfig(config, section).train.minutes);
  assertEquals(minutes, [4, 2, 4]);
  // No more digits than people read.
  assertEquals(withMinutes(timed, 0.55).train.minutes, 0.22);
  assertEquals(config.ar.train.numSteps, 5);
  assertEquals(timed.train.minutes, 2);
});

Deno.test("withMinutes() leaves a recipe as it is unless a time is given", () => {
  assertEquals(withMinutes(timed, null), timed);
  const untimed = tinyConfig("none", 9, { train });
  assertEquals(withMinutes(untimed, null), untimed);
});

Deno.test("withMinutes() names the key without which it has nothing to go by", () => {
  const change = { train, distill: { train: { minutes: 1 } } };
  assertThrows(
    () => withMinutes(tinyConfig("none", 9, change), 4),
    ConfigError,
    "--minutes 4 is shared out as the recipe shares out its time, but it has no train.minutes. " +
      "Set that too, by --train.minutes.",
  );
});
