/**
 * The entropy of a corpus's token frequencies: the yardstick that a language
 * model must beat.
 *
 * @module
 */

/**
 * The entropy −Σ p·ln p of the frequencies `counts`, in nats per token: the
 * lowest loss of a model that knows how often each token occurs and nothing
 * else. Zero for no tokens at all.
 */
export function unigramEntropy(counts: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i]!;
  let entropy = 0;
  for (let i = 0; i < counts.length; i++) {
    const p = counts[i]! / total;
    if (p > 0) entropy -= p * Math.log(p);
  }
  return entropy;
}
