/**
 * Which tokens of a sequence count in a generative perplexity, and their sum.
 *
 * @module
 */

/** A sum of negative log-likelihoods. */
export interface NllSum {
  /** The sum, in nats. */
  nll: number;
  /** Tokens in it. */
  numScored: number;
}

/**
 * Which of the tokens 1 … n − 1 count (1) or not (0): all but the EOS after the first. Tokens that
 * follow an EOS count. An EOS at position 0 is the first one, though it has no likelihood itself.
 * Reference: `Metrics.record_generative_perplexity` (metrics.py).
 *
 * @param ids Token ids [n] of a sequence that the judge saw at once.
 * @returns [n − 1].
 */
export function scoredTokens(ids: ArrayLike<number>, eosId: number): Uint8Array {
  const scored = new Uint8Array(Math.max(0, ids.length - 1));
  let seen = false;
  for (let i = 0; i < ids.length; i++) {
    const isEos = ids[i] === eosId;
    if (i > 0) scored[i - 1] = Number(!isEos || !seen);
    seen ||= isEos;
  }
  return scored;
}

/**
 * Adds up the tokens that count, in float64 and in their order.
 *
 * @param nll Negative log-likelihoods of the tokens 1 … n − 1 and perhaps of padding after them.
 * @param scored As {@linkcode scoredTokens} gives it, [n − 1].
 */
export function sumScored(nll: ArrayLike<number>, scored: ArrayLike<number>): NllSum {
  const sum: NllSum = { nll: 0, numScored: 0 };
  for (let i = 0; i < scored.length; i++) {
    if (scored[i] === 0) continue;
    sum.nll += nll[i]!;
    sum.numScored++;
  }
  return sum;
}

/** The sum of sums. */
export function addSums(sums: Iterable<NllSum>): NllSum {
  const total: NllSum = { nll: 0, numScored: 0 };
  for (const { nll, numScored } of sums) {
    total.nll += nll;
    total.numScored += numScored;
  }
  return total;
}

/** exp(nll / tokens): each token has the same weight; null if there are none. */
export function perplexityOf({ nll, numScored }: NllSum): number | null {
  return numScored === 0 ? null : Math.exp(nll / numScored);
}
