/**
 * Which validation of a run was the best.
 *
 * @module
 */

import type { BestCheckpoint } from "../checkpoint/state.ts";
import type { ValidationLoss } from "./validation_loss.ts";
import type { ValidationSamples } from "./validation_samples.ts";

/** Metrics of which less is better; of all others more is. */
const LESS_IS_BETTER = ["loss", "perplexity"];

/**
 * A validation that is better than the best one so far, or null. Metrics of samples are those of
 * the most sampler steps.
 *
 * @param metric The metric: `loss`, or one of samples.
 */
export function betterValidation(
  metric: string,
  step: number,
  { loss }: Pick<ValidationLoss, "loss">,
  samples: readonly Pick<ValidationSamples, "numSteps" | "metrics">[],
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
  const isBetter = before === undefined ||
    (LESS_IS_BETTER.includes(metric) ? value < before : value > before);
  return isBetter ? { step, metric, value } : null;
}
