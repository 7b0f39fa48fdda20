/**
 * Numbers that are too large, or no numbers at all.
 *
 * @module
 */

/** The exponent bits of a float32. */
const EXPONENT = 0x7f80_0000;

/**
 * Where the first value lies that is NaN, infinite or at least `bound` in size; −1 if there is
 * none. It looks at bits, some gigabytes a second.
 *
 * @param bound A power of two; infinity unless given.
 */
export function indexOfLarge(values: Float32Array, bound = Infinity): number {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const least = new Uint32Array(Float32Array.of(bound).buffer)[0]! & EXPONENT;
  for (let i = 0; i < bits.length; i++) if ((bits[i]! & EXPONENT) >= least) return i;
  return -1;
}
