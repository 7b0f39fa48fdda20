/**
 * The iteration of Muon in float64, for comparison.
 *
 * @module
 */

/** A [M, K] by B [K, N]. */
export function productOf(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  M: number,
  K: number,
  N: number,
): Float64Array {
  const c = new Float64Array(M * N);
  for (let m = 0; m < M; m++) {
    for (let k = 0; k < K; k++) {
      for (let n = 0; n < N; n++) c[m * N + n]! += a[m * K + k]! * b[k * N + n]!;
    }
  }
  return c;
}

/** The transpose of a matrix [rows, columns]. */
export function transposeOf(
  x: ArrayLike<number>,
  rows: number,
  columns: number,
): Float64Array {
  return Float64Array.from(
    { length: rows * columns },
    (_, i) => x[(i % rows) * columns + Math.floor(i / rows)]!,
  );
}

/** Five rounds of X = a·X + (b·X·Xᵀ + c·(X·Xᵀ)²)·X from X / (‖X‖ + 1e-7), [M, N]. */
export function newtonSchulz(x: ArrayLike<number>, M: number, N: number): Float64Array {
  const norm = Math.hypot(...Array.from(x));
  let y = Float64Array.from(x, (value) => value / (norm + 1e-7));
  for (let round = 0; round < 5; round++) {
    const gram = productOf(y, transposeOf(y, M, N), M, N, M);
    const square = productOf(gram, gram, M, M, M);
    const factor = gram.map((value, i) => -4.7750 * value + 2.0315 * square[i]!);
    const rest = productOf(factor, y, M, M, N);
    y = y.map((value, i) => 3.4445 * value + rest[i]!);
  }
  return y;
}
