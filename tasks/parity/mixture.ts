/**
 * Sums of matrices with a factor for each sample, in float64 on the host.
 *
 * @module
 */

/** A matrix [B·L, V] and its factors [B]. */
export interface MixtureTerm {
  /** One factor a sample; 1 for all unless given. */
  scales?: ArrayLike<number>;
  /** The matrix, row-major. */
  values: ArrayLike<number>;
}

/** The sum of the terms. All matrices are of the same size and consist of `numSamples` samples. */
export function mixture(numSamples: number, terms: readonly MixtureTerm[]): Float64Array {
  const sum = new Float64Array(terms[0]!.values.length);
  const perSample = sum.length / numSamples;
  for (const { scales, values } of terms) {
    for (let i = 0; i < sum.length; i++) {
      sum[i]! += (scales?.[Math.floor(i / perSample)] ?? 1) * values[i]!;
    }
  }
  return sum;
}
