/**
 * Tests of the entropy of samples.
 *
 * @module
 */

import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import { meanTokenEntropy, meanUniqueTokens, tokenEntropy } from "../../lib/eval/entropy.ts";

interface GoldenCase {
  name: string;
  tokens: number[][];
  entropies: number[];
  mean: number;
}

Deno.test("tokenEntropy() and meanTokenEntropy() agree with the reference", async () => {
  const golden = JSON.parse(await Deno.readTextFile("tests/golden/entropy.json"));
  const cases: GoldenCase[] = golden.cases;
  assert(cases.length > 0);
  for (const { name, tokens, entropies, mean } of cases) {
    entropies.forEach((expected, i) => {
      assertAlmostEquals(tokenEntropy(tokens[i]!), expected, 2e-6, name);
    });
    assertAlmostEquals(meanTokenEntropy(tokens), mean, 2e-6, name);
  }
});

Deno.test("tokenEntropy() is 0 of one token and ln(n) of n different ones", () => {
  assertEquals(tokenEntropy([3, 3, 3]), 0);
  assertAlmostEquals(tokenEntropy(new Uint32Array([0, 1, 2, 3, 4])), Math.log(5), 1e-15);
});

Deno.test("meanUniqueTokens() counts each token of a sample once", () => {
  assertEquals(meanUniqueTokens([new Uint32Array([3, 3, 3]), [], [1, 2, 1, 5, 6]]), 5 / 3);
  assertThrows(() => meanUniqueTokens([]), DataError, "no samples");
});

Deno.test("tokenEntropy() and meanTokenEntropy() throw when there is nothing to count", () => {
  assertThrows(() => tokenEntropy([]), DataError, "without tokens");
  assertThrows(() => meanTokenEntropy([]), DataError, "no samples");
});
