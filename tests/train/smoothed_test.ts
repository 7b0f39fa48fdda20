import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Smoothed } from "../../lib/train/smoothed.ts";

Deno.test("Smoothed weighs values by how long ago they were, and leaves out what is none", () => {
  const smoothed = new Smoothed();
  assertEquals(smoothed.add(NaN), NaN);
  assertAlmostEquals(smoothed.add(3), 3, 1e-15);
  assertAlmostEquals(smoothed.add(3), 3, 1e-15);
  const losses = [3, 3, 1, 2, 5];
  for (const loss of [1, NaN, 2, Infinity]) smoothed.add(loss);
  const weights = losses.map((_, i) => 0.9 ** (losses.length - 1 - i));
  const sum = (values: number[]) => values.reduce((a, b) => a + b);
  const expected = sum(losses.map((loss, i) => loss * weights[i]!)) / sum(weights);
  assertAlmostEquals(smoothed.add(5), expected, 1e-14);
});
