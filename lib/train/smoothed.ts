/**
 * A metric without its scatter.
 *
 * @module
 */

/** How much of an average each new value leaves of the older ones. */
const DECAY = 0.9;

/** An exponential moving average, which weighs the first values as the later ones. */
export class Smoothed {
  #sum = 0;
  #weight = 0;

  /** Adds a value, unless it is no number, and gives the average; NaN of none. */
  add(value: number): number {
    if (Number.isFinite(value)) {
      this.#sum = DECAY * this.#sum + (1 - DECAY) * value;
      this.#weight = DECAY * this.#weight + (1 - DECAY);
    }
    return this.#sum / this.#weight;
  }
}
