/**
 * Whether weights are worth a checkpoint that takes the place of an older one.
 *
 * @module
 */

/** The losses on one and the same batch, whatever the step. */
export interface ProbeLosses {
  /** With the weights as they are after the last step. */
  readonly weights: number;
  /** With their average. */
  readonly average: number;
}

/** Times ln V, the loss of guessing, that a loss may rise before the training counts as wrecked. */
const EXPLOSION = 10;

/**
 * Compares probes with the best one so far. Weights may be finite and yet give no loss, or one that
 * is far beyond that of an untrained network: an explosion, which no ordinary spike comes near.
 */
export class Health {
  readonly #rise: number;
  #best: ProbeLosses | null = null;

  /** @param vocabSize The vocabulary's size V. */
  constructor(vocabSize: number) {
    this.#rise = EXPLOSION * Math.log(vocabSize);
  }

  /** What is wrong with the weights, in words, or null. */
  judge(losses: ProbeLosses): string | null {
    for (const name of ["weights", "average"] as const) {
      const [loss, best] = [losses[name], this.#best?.[name] ?? Infinity];
      if (!Number.isFinite(loss)) return `with the ${name} the loss would be ${loss}`;
      if (loss - best > this.#rise) {
        const [now, before] = [loss, best].map((each) => each.toPrecision(4));
        return `with the ${name} the loss would be ${now}, after ${before} before`;
      }
    }
    const { weights, average } = this.#best ?? losses;
    this.#best = {
      weights: Math.min(weights, losses.weights),
      average: Math.min(average, losses.average),
    };
    return null;
  }
}
