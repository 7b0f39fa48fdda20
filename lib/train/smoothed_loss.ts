/**
 * The loss without its scatter.
 *
 * @module
 */

/** How much of an average each new loss leaves of the older ones. */
const DECAY = 0.9;

/** An exponential moving average of losses, which weighs the first ones as the later ones. */
export class SmoothedLoss {
  #sum = 0;
  #weight = 0;

  /** @param before Losses of an earlier sitting, in order. */
  constructor(before: readonly number[] = []) {
    for (const loss of before) this.add(loss);
  }

  /** Adds a loss, unless it is no number, and gives the average; NaN of none. */
  add(loss: number): number {
    if (Number.isFinite(loss)) {
      this.#sum = DECAY * this.#sum + (1 - DECAY) * loss;
      this.#weight = DECAY * this.#weight + (1 - DECAY);
    }
    return this.#sum / this.#weight;
  }
}
