/**
 * Tests of the unigram entropy.
 *
 * @module
 */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { unigramEntropy } from "../../../lib/data/preprocess/unigram.ts";

Deno.test("unigramEntropy() is the entropy of the frequencies in nats", () => {
  assertAlmostEquals(unigramEntropy([5, 5, 0, 5, 5]), Math.log(4), 1e-12);
  const expected = -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25));
  assertAlmostEquals(unigramEntropy(new Float64Array([3, 1])), expected, 1e-12);
});

Deno.test("unigramEntropy() is zero when there is nothing to tell apart", () => {
  assertEquals(unigramEntropy([0, 7, 0]), 0);
  assertEquals(unigramEntropy([0, 0]), 0);
  assertEquals(unigramEntropy([]), 0);
});
