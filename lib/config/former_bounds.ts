/**
 * Bounds of recipes as they were before they named a metric.
 *
 * @module
 */

import { isMapping } from "../schema/tree.ts";

/** Keys that were bounds from below themselves, for what is the metric of the same name now. */
const FORMER = ["validity", "letters"] as const;

/**
 * Bounds in today's words: `{ validity: 0.9, letters: 26 }` is two, each with `metric` and `min`.
 *
 * @param notes Takes a sentence for everything that has another name by now.
 */
export function modernBounds(bounds: readonly unknown[], notes: string[]): unknown[] {
  return bounds.flatMap((bound) => {
    if (!isMapping(bound) || "metric" in bound || !FORMER.some((key) => key in bound)) {
      return [bound];
    }
    const { validity, letters, ...rest } = bound;
    const found = { validity, letters };
    return FORMER.filter((key) => (found[key] ?? null) !== null).map((key) => {
      notes.push(`evaluation.bounds: ${key}: NUMBER is metric: ${key}, min: NUMBER by now`);
      return { ...rest, metric: key, min: found[key] };
    });
  });
}
