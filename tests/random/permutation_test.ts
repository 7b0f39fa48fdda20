/**
 * Tests of the random permutations.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { randomPermutation } from "../../lib/random/permutation.ts";
import { Philox, Stream } from "../../lib/random/philox.ts";

const random = new Philox(11, Stream.Shuffle);

Deno.test("randomPermutation() holds every index once, whatever the length", () => {
  for (const length of [0, 1, 2, 3, 4, 5, 9, 1000]) {
    const order = randomPermutation(random, length, 0, 0, 0);
    assertEquals(order.toSorted(), Uint32Array.from({ length }, (_, i) => i));
  }
});

Deno.test("randomPermutation() depends on the key and the counter alone", () => {
  const first = randomPermutation(random, 50, 1, 2, 3);
  assertEquals(randomPermutation(new Philox(11, Stream.Shuffle), 50, 1, 2, 3), first);
  assertNotEquals(randomPermutation(random, 50, 1, 2, 4), first);
  assertNotEquals(randomPermutation(random, 50, 1, 3, 3), first);
  assertNotEquals(randomPermutation(random, 50, 2, 2, 3), first);
  assertNotEquals(randomPermutation(new Philox(12, Stream.Shuffle), 50, 1, 2, 3), first);
});

Deno.test("randomPermutation() puts every index everywhere equally often", () => {
  const length = 6;
  const trials = 6000;
  const counts = Array.from({ length: length * length }, () => 0);
  for (let step = 0; step < trials; step++) {
    randomPermutation(random, length, 0, 0, step).forEach((value, place) => {
      counts[place * length + value]! += 1;
    });
  }
  const expected = trials / length;
  const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  // 25 degrees of freedom: 60 is beyond the quantile of 1e-4.
  assert(chiSquare < 60, `chi-square is ${chiSquare}`);
});
