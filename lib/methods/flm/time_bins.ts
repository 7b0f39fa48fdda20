/**
 * Means by parts of the time.
 *
 * @module
 */

/** Equal parts of the times [0, 1] that are reported separately. */
const NUM_BINS = 4;

/** Collects sums by quarter of the time: [0, ¼), …, [¾, 1]. */
export class TimeBins {
  readonly #sums = new Float64Array(NUM_BINS);
  readonly #counts = new Float64Array(NUM_BINS);

  /** Adds the sum over `count` tokens at a time. */
  add(time: number, sum: number, count: number): void {
    const bin = Math.min(NUM_BINS - 1, Math.floor(time * NUM_BINS));
    this.#sums[bin]! += sum;
    this.#counts[bin]! += count;
  }

  /** The mean over the tokens of each quarter; NaN where there were none. */
  get means(): number[] {
    return Array.from(this.#sums, (sum, bin) => sum / this.#counts[bin]!);
  }
}
