/**
 * Random integers that are the same every time.
 *
 * @module
 */

/** Gives integers from 0 up to a bound. */
export function randomIntegers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * bound);
  };
}
