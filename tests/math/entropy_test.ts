/**
 * Tests of the entropy of frequencies.
 *
 * @module
 */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { entropyOfCounts } from "../../lib/math/entropy.ts";

Deno.test("entropyOfCounts() is the entropy of the frequencies in nats", () => {
  assertAlmostEquals(entropyOfCounts([5, 5, 0, 5, 5]), Math.log(4), 1e-12);
  const expected = -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25));
  assertAlmostEquals(entropyOfCounts(new Float64Array([3, 1])), expected, 1e-12);
});

Deno.test("entropyOfCounts() is zero when there is nothing to tell apart", () => {
  assertEquals(entropyOfCounts([0, 7, 0]), 0);
  assertEquals(entropyOfCounts([0, 0]), 0);
  assertEquals(entropyOfCounts([]), 0);
});
