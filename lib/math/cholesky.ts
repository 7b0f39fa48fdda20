/**
 * Cholesky decomposition.
 *
 * @module
 */

/**
 * The lower-triangular L with L·Lᵀ = A, for a symmetric positive definite A [n, n] (row-major;
 * only its lower triangle is read). A little of its mean diagonal, `jitter`, is added to the
 * diagonal, so that rounding cannot make it indefinite. Null if A is not positive definite.
 */
export function cholesky(a: ArrayLike<number>, n: number, jitter = 1e-7): Float64Array | null {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += a[i * n + i]!;
  const extra = jitter * trace / n;
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]! + (i === j ? extra : 0);
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!;
      if (i > j) l[i * n + j] = sum / l[j * n + j]!;
      else if (sum > 0) l[i * n + i] = Math.sqrt(sum);
      else return null;
    }
  }
  return l;
}
