/**
 * Cubic spline interpolation with not-a-knot ends, in float64.
 *
 * @module
 */

/**
 * The interpolating cubic spline through (x[i], y[i]) whose third derivative is
 * also continuous at the second and the last but one knot ("not a knot").
 * Outside the knots the first and the last cubic go on.
 * The counterpart of `scipy.interpolate.CubicSpline` with its default ends.
 */
export class CubicSpline {
  readonly #x: Float64Array;
  readonly #y: Float64Array;
  /** First derivatives at the knots. */
  readonly #slope: Float64Array;

  /**
   * Fits the spline.
   *
   * @param x The knots, strictly ascending, at least four. Kept, not copied.
   * @param y The values at the knots. Kept, not copied.
   * @throws {RangeError} if the knots are too few, not ascending or not finite.
   */
  constructor(x: Float64Array, y: Float64Array) {
    if (x.length < 4 || x.length !== y.length) {
      throw new RangeError(
        `Cannot build a spline from ${x.length} knots and ${y.length} values: ` +
          `expected as many of both, at least 4`,
      );
    }
    for (let i = 0; i < x.length; i++) {
      if (!Number.isFinite(x[i]) || !Number.isFinite(y[i]) || (i > 0 && !(x[i]! > x[i - 1]!))) {
        throw new RangeError(
          `Cannot build a spline: knot ${i} at ${x[i]} with value ${y[i]} does not ascend ` +
            `or is not finite`,
        );
      }
    }
    this.#x = x;
    this.#y = y;
    this.#slope = knotSlopes(x, y);
  }

  /** The number of knots. */
  get numKnots(): number {
    return this.#x.length;
  }

  /** The value of the spline at x. */
  at(x: number): number {
    const i = this.#interval(x);
    const [c1, c2, c3] = this.#coefficients(i);
    const u = x - this.#x[i]!;
    return this.#y[i]! + u * (c1 + u * (c2 + u * c3));
  }

  /** The first derivative of the spline at x. */
  derivativeAt(x: number): number {
    const i = this.#interval(x);
    const [c1, c2, c3] = this.#coefficients(i);
    const u = x - this.#x[i]!;
    return c1 + u * (2 * c2 + u * 3 * c3);
  }

  /** The index of the last knot at or before x, kept within the intervals. */
  #interval(x: number): number {
    let low = 0;
    let high = this.#x.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#x[middle]! <= x) low = middle;
      else high = middle;
    }
    return low;
  }

  /** The coefficients of (x − x[i])¹, ², ³ on interval i. */
  #coefficients(i: number): [c1: number, c2: number, c3: number] {
    const h = this.#x[i + 1]! - this.#x[i]!;
    const chord = (this.#y[i + 1]! - this.#y[i]!) / h;
    const left = this.#slope[i]!;
    const excess = (left + this.#slope[i + 1]! - 2 * chord) / h;
    return [left, (chord - left) / h - excess, excess / h];
  }
}

/**
 * First derivatives at the knots: a tridiagonal system that makes the second
 * derivative continuous, solved by elimination. Its inner rows are diagonally
 * dominant and the end rows leave positive pivots, so it needs no pivoting.
 */
function knotSlopes(x: Float64Array, y: Float64Array): Float64Array {
  const n = x.length;
  const h = new Float64Array(n - 1);
  const chord = new Float64Array(n - 1);
  for (let i = 0; i < n - 1; i++) {
    h[i] = x[i + 1]! - x[i]!;
    chord[i] = (y[i + 1]! - y[i]!) / h[i]!;
  }
  // Row i after elimination: slope[i] + upper[i]·slope[i+1] = right[i].
  const upper = new Float64Array(n);
  const right = new Float64Array(n);
  const [h0, h1] = [h[0]!, h[1]!];
  upper[0] = (h0 + h1) / h1;
  right[0] = endCondition(h0, h1, chord[0]!, chord[1]!) / h1;
  for (let i = 1; i < n - 1; i++) {
    const [a, b] = [h[i - 1]!, h[i]!];
    const pivot = 2 * (a + b) - b * upper[i - 1]!;
    upper[i] = a / pivot;
    right[i] = (3 * (b * chord[i - 1]! + a * chord[i]!) - b * right[i - 1]!) / pivot;
  }
  const [ha, hb] = [h[n - 3]!, h[n - 2]!];
  const last = endCondition(hb, ha, chord[n - 2]!, chord[n - 3]!);
  const slope = right;
  slope[n - 1] = (last - (ha + hb) * right[n - 2]!) / (ha - (ha + hb) * upper[n - 2]!);
  for (let i = n - 2; i >= 0; i--) slope[i] = right[i]! - upper[i]! * slope[i + 1]!;
  return slope;
}

/**
 * The right-hand side of the not-a-knot row inner·s_end + (end + inner)·s_next,
 * from the width and chord of the end interval and of the one beside it.
 */
function endCondition(end: number, inner: number, chordEnd: number, chordInner: number): number {
  const both = end + inner;
  return ((end + 2 * both) * inner * chordEnd + end * end * chordInner) / both;
}
