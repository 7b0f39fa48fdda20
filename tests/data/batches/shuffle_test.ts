/**
 * Tests of the shuffled orders.
 *
 * @module
 */
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { Shuffle } from "../../../lib/data/batches/shuffle.ts";

function order(length: number, seed: number, epoch: number): number[] {
  const shuffle = new Shuffle(length, seed);
  return Array.from({ length }, (_, place) => shuffle.at(place, epoch));
}

Deno.test("Shuffle.at() is one-to-one for any length", () => {
  for (const length of [1, 2, 3, 4, 5, 7, 12, 13, 97, 100, 101, 1023, 1025]) {
    for (const epoch of [0, 1, 5]) {
      const seen = order(length, 3, epoch).toSorted((a, b) => a - b);
      assertEquals(seen, Array.from({ length }, (_, i) => i), `length ${length}, epoch ${epoch}`);
    }
  }
});

Deno.test("Shuffle.at() depends on seed and epoch only", () => {
  assertEquals(order(50, 1, 0), order(50, 1, 0));
  assertNotEquals(order(50, 1, 0), order(50, 1, 1));
  assertNotEquals(order(50, 1, 0), order(50, 2, 0));
  assertNotEquals(order(50, 1, 0), order(50, 1, 0).toSorted((a, b) => a - b));
});

Deno.test("Shuffle.at() puts every element in every place equally often", () => {
  for (const length of [2, 5, 6]) {
    const shuffle = new Shuffle(length, 0);
    const epochs = 6000;
    const counts = new Float64Array(length * length);
    for (let epoch = 0; epoch < epochs; epoch++) {
      for (let place = 0; place < length; place++) {
        counts[place * length + shuffle.at(place, epoch)]! += 1;
      }
    }
    // Six standard deviations of a binomial count.
    const expected = epochs / length;
    const bound = 6 * Math.sqrt(expected * (1 - 1 / length));
    for (const count of counts) {
      assert(Math.abs(count - expected) < bound, `${length} elements: ${count}, not ${expected}`);
    }
  }
});

Deno.test("Shuffle.at() leaves no trace of the order of neighbours", () => {
  const places = order(2000, 9, 0);
  let correlation = 0;
  let rising = 0;
  for (let i = 1; i < places.length; i++) {
    correlation += (places[i]! - 999.5) * (places[i - 1]! - 999.5);
    if (places[i]! > places[i - 1]!) rising++;
  }
  const variance = (2000 ** 2 - 1) / 12;
  assert(Math.abs(correlation / (1999 * variance)) < 0.1, `correlation ${correlation}`);
  assert(Math.abs(rising - 1000) < 80, `${rising} of 1999 rise`);
});

Deno.test("Shuffle.at() works for more elements than fit in memory", () => {
  const length = 2 ** 45 + 1;
  const shuffle = new Shuffle(length, 1);
  const seen = new Set<number>();
  for (let place = 0; place < 1000; place++) {
    const element = shuffle.at(length - 1 - place, 0);
    assert(Number.isSafeInteger(element) && element >= 0 && element < length, `${element}`);
    seen.add(element);
  }
  assertEquals(seen.size, 1000);
});

Deno.test("Shuffle throws when there is nothing to shuffle", () => {
  for (const length of [0, -1, 2.5, NaN]) {
    assertThrows(() => new Shuffle(length, 0), RangeError, `${length} elements`);
  }
});
