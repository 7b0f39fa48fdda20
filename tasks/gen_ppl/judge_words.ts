/**
 * Judges in words.
 *
 * @module
 */

import { formatUnits } from "../../lib/cli/format.ts";
import type { JudgeName } from "./results.ts";

/** A judge's name: "gpt2-large", "gpt2, revision main". */
export function nameJudge({ judge, revision }: JudgeName): string {
  return revision === null ? judge : `${judge}, revision ${revision}`;
}

/** What bounds a judge's view. */
export function describeLimit(maxTokens: number | null): string {
  return maxTokens === null
    ? "all tokens of a text"
    : `at most ${formatUnits(maxTokens, "token")} of a text`;
}
