/**
 * Checks the entropy of samples.
 *
 * @module
 */

import { meanTokenEntropy, tokenEntropy } from "../../lib/eval/entropy.ts";
import type { CheckContext } from "./check.ts";
import { Bound } from "./compare.ts";

interface EntropyCase {
  name: string;
  tokens: number[][];
  entropies: number[];
  mean: number;
}

/** Checks `entropy`. */
export async function checkEntropy(context: CheckContext): Promise<void> {
  for (const { name, tokens, entropies, mean } of await context.golden.cases<EntropyCase>()) {
    context.compareValues(name, tokens.map(tokenEntropy), entropies, Bound.Statistic);
    context.compareValues(`${name}, mean`, [meanTokenEntropy(tokens)], [mean], Bound.Statistic);
  }
}
