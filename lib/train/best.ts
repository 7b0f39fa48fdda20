/**
 * Which validation of a run was the best.
 *
 * @module
 */

import type { BestCheckpoint } from "../checkpoint/state.ts";
import type { ValidationLoss } from "./validation_loss.ts";
import type { ValidationSamples } from "./validation_samples.ts";

/** What metrics and bounds call the perplexity of texts under a judge. */
export const PERPLEXITY = "perplexity";

/** Metrics of which less is better, if nothing is known of validation text; of others more is. */
const LESS_IS_BETTER = ["loss", PERPLEXITY];

/** Metrics of which a factor counts, and not a difference. */
const BY_FACTOR = [PERPLEXITY];

/**
 * A validation that is better than the best one so far, or null. Metrics of samples are those of
 * the most sampler steps. Of those that validation text has, too, the nearest to its own is the
 * best: less perplexity than that is repetition, and more entropy noise.
 *
 * @param metric The metric: `loss`, or one of samples.
 */
export function betterValidation(
  metric: string,
  step: number,
  { loss }: Pick<ValidationLoss, "loss">,
  samples: readonly Pick<ValidationSamples, "numSteps" | "metrics" | "ofText">[],
  best: BestCheckpoint | undefined,
): BestCheckpoint | null {
  const most = samples.reduce<(typeof samples)[number] | undefined>(
    (a, b) => a === undefined || b.numSteps > a.numSteps ? b : a,
    undefined,
  );
  const value = metric === "loss" ? loss : most?.metrics[metric];
  if (typeof value !== "number" || !Number.isFinite(value)) return null;
  // Of another metric nothing is known.
  const before = best?.metric === metric ? best.value : undefined;
  const rank = rankOf(metric, metric === "loss" ? null : most?.ofText?.[metric] ?? null);
  return before === undefined || rank(value) < rank(before) ? { step, metric, value } : null;
}

/** What is less of better values. */
function rankOf(metric: string, ofText: number | null): (value: number) => number {
  if (ofText === null) {
    return LESS_IS_BETTER.includes(metric) ? (value) => value : (value) => -value;
  }
  return BY_FACTOR.includes(metric)
    ? (value) => Math.abs(Math.log(value / ofText))
    : (value) => Math.abs(value - ofText);
}
