import { assertAlmostEquals, assertEquals } from "@std/assert";
import { relativeDistance } from "../../lib/math/distance.ts";

Deno.test("relativeDistance() is the norm of the difference over that of the numbers", () => {
  const distance = (actual: number[], expected: number[]) =>
    relativeDistance(Float32Array.from(actual), Float32Array.from(expected));
  assertAlmostEquals(distance([3, 7], [3, 4]), 0.6);
  assertEquals(distance([0, 0], [3, 4]), 1);
  assertEquals(distance([3, 4], [3, 4]), 0);
});

Deno.test("relativeDistance() is NaN without anything to compare with, and for NaN", () => {
  assertEquals(relativeDistance(new Float32Array(2), new Float32Array(2)), NaN);
  assertEquals(relativeDistance(Float32Array.of(NaN, 4), Float32Array.of(3, 4)), NaN);
});
