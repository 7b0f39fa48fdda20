/**
 * Random permutations that depend on nothing but a key and a counter.
 *
 * @module
 */

import type { Philox } from "./philox.ts";

/**
 * A random permutation of 0..length−1 by Fisher and Yates, from the words of
 * the counters [i >> 2, position, sample, step]. Word x picks among n as
 * floor(x·2⁻³²·n), which favours none by more than n·2⁻³².
 */
export function randomPermutation(
  random: Philox,
  length: number,
  position: number,
  sample: number,
  step: number,
): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  let words = random.words(0, position, sample, step);
  for (let i = 0; i < length - 1; i++) {
    if (i > 0 && i % 4 === 0) words = random.words(i >> 2, position, sample, step);
    const j = i + Math.floor((words[i % 4]! / 2 ** 32) * (length - i));
    const chosen = order[j]!;
    order[j] = order[i]!;
    order[i] = chosen;
  }
  return order;
}
