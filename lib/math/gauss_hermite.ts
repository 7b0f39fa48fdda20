/**
 * Gauss–Hermite quadrature rules in float64.
 *
 * @module
 */

/** A rule for ∫ f(x)·exp(−x²) dx ≈ Σ weights[i]·f(nodes[i]) over the real line. */
export interface QuadratureRule {
  /** The abscissae, ascending. */
  readonly nodes: Float64Array;
  /** The positive weights of the nodes. */
  readonly weights: Float64Array;
}

/**
 * The Gauss–Hermite rule with `count` nodes, exact for polynomials up to
 * degree 2·count − 1. The counterpart of `numpy.polynomial.hermite.hermgauss`.
 *
 * The nodes are the eigenvalues of the Jacobi matrix of the Hermite polynomials
 * (Golub and Welsch), bracketed by counting the signs of its pivots and polished
 * by Newton's method.
 *
 * @throws {RangeError} if `count` is not an integer from 1 to 350 (beyond it
 * exp(−x²/2) leaves the range of float64).
 */
export function gaussHermite(count: number): QuadratureRule {
  if (!Number.isInteger(count) || count < 1 || count > 350) {
    throw new RangeError(`Cannot build a Gauss-Hermite rule of ${count} nodes: expected 1 to 350`);
  }
  const nodes = new Float64Array(count);
  const weights = new Float64Array(count);
  // Nodes come in pairs ±x: the upper half is enough.
  for (let i = count >> 1; i < count; i++) {
    const x = 2 * i + 1 === count ? 0 : polish(bisect(i, count), count);
    const [previous] = hermiteFunctions(x, count);
    const weight = Math.exp(-x * x) / (count * previous * previous);
    nodes[i] = x;
    nodes[count - 1 - i] = -x;
    weights[i] = weight;
    weights[count - 1 - i] = weight;
  }
  const scale = Math.sqrt(Math.PI) / weights.reduce((sum, w) => sum + w, 0);
  return { nodes, weights: weights.map((w) => w * scale) };
}

/** How many zeros of the Hermite polynomial of the degree lie below x (Sturm's count). */
function zerosBelow(x: number, degree: number): number {
  let count = 0;
  let pivot = 1;
  for (let k = 0; k < degree; k++) {
    pivot = -x - (k / 2) / pivot;
    if (pivot === 0) pivot = Number.EPSILON;
    if (pivot < 0) count++;
  }
  return count;
}

/** The zero with the index (ascending, from 0) of the Hermite polynomial, to about 1e-13. */
function bisect(index: number, degree: number): number {
  let low = 0;
  let high = Math.sqrt(2 * degree + 1);
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (zerosBelow(middle, degree) > index) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

/** Newton's method from an approximate zero of the Hermite function. */
function polish(start: number, degree: number): number {
  let x = start;
  for (let step = 0; step < 2; step++) {
    const [previous, value] = hermiteFunctions(x, degree);
    x -= value / (Math.sqrt(2 * degree) * previous - x * value);
  }
  return x;
}

/**
 * The orthonormal Hermite functions ψ of degree n−1 and n at x. The factor
 * exp(−x²/2) they carry keeps the recurrence in range.
 */
function hermiteFunctions(x: number, n: number): [previous: number, value: number] {
  let previous = 0;
  let value = Math.PI ** -0.25 * Math.exp(-0.5 * x * x);
  for (let k = 1; k <= n; k++) {
    const next = Math.sqrt(2 / k) * x * value - Math.sqrt((k - 1) / k) * previous;
    previous = value;
    value = next;
  }
  return [previous, value];
}
