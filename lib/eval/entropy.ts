/**
 * The entropy of generated text: whether a sampler repeats itself. A perplexity
 * means nothing without it.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { entropyOfCounts } from "../math/entropy.ts";

/**
 * The entropy, in nats, of the histogram of the tokens of one sample: 0 if all
 * are the same, ln(length) if all differ. Reference: `Metrics.record_entropy`
 * (metrics.py).
 *
 * @throws {DataError} if there are no tokens.
 */
export function tokenEntropy(tokens: ArrayLike<number>): number {
  if (tokens.length === 0) {
    throw new DataError("Cannot compute the entropy of a sample without tokens: expected some");
  }
  const counts = new Map<number, number>();
  for (let i = 0; i < tokens.length; i++) {
    counts.set(tokens[i]!, (counts.get(tokens[i]!) ?? 0) + 1);
  }
  return entropyOfCounts([...counts.values()]);
}

/**
 * The mean of {@linkcode tokenEntropy} over samples, in nats.
 *
 * @throws {DataError} if there are no samples, or one without tokens.
 */
export function meanTokenEntropy(samples: readonly ArrayLike<number>[]): number {
  if (samples.length === 0) {
    throw new DataError("Cannot compute the mean entropy of no samples: expected some");
  }
  return samples.reduce((sum, tokens) => sum + tokenEntropy(tokens), 0) / samples.length;
}

/**
 * The mean number of different tokens in a sample.
 *
 * @throws {DataError} if there are no samples.
 */
export function meanUniqueTokens(samples: readonly ArrayLike<number>[]): number {
  if (samples.length === 0) {
    throw new DataError("Cannot count the different tokens of no samples: expected some");
  }
  return samples.reduce((sum, each) => sum + new Set(Array.from(each)).size, 0) / samples.length;
}
