/**
 * Numbers to compute with.
 *
 * @module
 */

/** Deterministic numbers in [-1, 1). */
export function someNumbers(count: number, seed: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
    values[i] = (seed >>> 8) / 2 ** 23 - 1;
  }
  return values;
}
