/**
 * The entropy of frequencies.
 *
 * @module
 */

/**
 * −Σ p·ln p over the frequencies p = count ÷ sum of `counts`, in nats. Zero for no counts at all.
 *
 * Of a corpus's tokens it is the lowest loss of a model that knows how often each occurs and
 * nothing else: the yardstick that a language model must beat.
 */
export function entropyOfCounts(counts: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i]!;
  let entropy = 0;
  for (let i = 0; i < counts.length; i++) {
    const p = counts[i]! / total;
    if (p > 0) entropy -= p * Math.log(p);
  }
  return entropy;
}
