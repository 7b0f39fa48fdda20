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
 * Compares probes with the best one so far, and cross-entropies with that of guessing. Weights may
 * be finite and yet give no loss, or one that is far beyond that of an untrained network: an
 * explosion, which no ordinary spike comes near.
 */
export class Health {
  readonly #rise: number;
  readonly #guessing: number;
  #best: ProbeLosses | null = null;

  /**
   * @param isCrossEntropy Whether the loss is a cross-entropy, in nats a token: guessing has ln V.
   * @param vocabSize The vocabulary's size V.
   */
  constructor(isCrossEntropy: boolean, vocabSize: number) {
    this.#rise = EXPLOSION * Math.log(vocabSize);
    this.#guessing = isCrossEntropy ? Math.log(vocabSize) : Infinity;
  }

  /** What is wrong with the weights, in words, or null. */
  judge(losses: ProbeLosses): string | null {
    for (const name of ["weights", "average"] as const) {
      const [loss, best] = [losses[name], this.#best?.[name] ?? Infinity];
      if (!Number.isFinite(loss)) return `with the ${name} the loss would be ${loss}`;
      const reference = Math.min(best, this.#guessing);
      if (loss - reference > this.#rise) {
        const [now, before] = [loss, reference].map((each) => each.toPrecision(4));
        const compared = reference === best
          ? `after ${before} before`
          : `where guessing has ${before}`;
        return `with the ${name} the loss would be ${now}, ${compared}`;
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
