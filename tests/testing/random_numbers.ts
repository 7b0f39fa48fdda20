/**
 * Random numbers that are the same every time.
 *
 * @module
 */

/** Gives whole numbers from 0 up to a bound. */
export function randomNumbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * bound);
  };
}
