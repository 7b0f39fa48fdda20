/**
 * Statistics of the tokens of texts.
 *
 * @module
 */

import { meanTokenEntropy, meanUniqueTokens } from "../../lib/eval/entropy.ts";
import type { TokenStatistics } from "./results.ts";

/** Entropy and different tokens; texts without a token are left out. */
export function tokenStatistics(texts: readonly ArrayLike<number>[]): TokenStatistics {
  const some = texts.filter(({ length }) => length > 0);
  if (some.length === 0) return { entropy: null, uniqueTokens: null };
  return { entropy: meanTokenEntropy(some), uniqueTokens: meanUniqueTokens(some) };
}
