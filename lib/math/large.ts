/**
 * Numbers that are too large, or no numbers at all.
 *
 * @module
 */

/** The exponent bits of a float32, and those of a float16. */
const EXPONENT = 0x7f80_0000;
const HALF_EXPONENT = 0x7c00;

/**
 * Where the first value lies that is NaN, infinite or at least `bound` in size; −1 if there is
 * none. It looks at bits, some gigabytes a second.
 *
 * @param bound A power of two; infinity unless given.
 */
export function indexOfLarge(values: Float32Array | Float16Array, bound = Infinity): number {
  const { buffer, byteOffset, length } = values;
  // Not the other way round: there are browsers without a Float16Array.
  if (values instanceof Float32Array) {
    const bits = new Uint32Array(buffer, byteOffset, length);
    const least = new Uint32Array(Float32Array.of(bound).buffer)[0]! & EXPONENT;
    for (let i = 0; i < length; i++) if ((bits[i]! & EXPONENT) >= least) return i;
    return -1;
  }
  const bits = new Uint16Array(buffer, byteOffset, length);
  const least = new Uint16Array(Float16Array.of(bound).buffer)[0]! & HALF_EXPONENT;
  for (let i = 0; i < length; i++) if ((bits[i]! & HALF_EXPONENT) >= least) return i;
  return -1;
}
