/**
 * How far numbers are from others.
 *
 * @module
 */

/**
 * The L2 norm of the difference over that of what was expected. NaN if that is 0, or if any number
 * is NaN.
 */
export function relativeDistance(actual: Float32Array, expected: Float32Array): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2;
    norm += expected[i]! ** 2;
  }
  return norm > 0 ? Math.sqrt(difference / norm) : NaN;
}
