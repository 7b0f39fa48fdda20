/**
 * What is said of a training, in words.
 *
 * @module
 */

import {
  formatBytes,
  formatCount,
  formatNumber,
  formatStandardError,
  formatSteps,
} from "../../lib/cli/format.ts";
import { pathForCaller } from "../../lib/system/task_command.ts";
import { visibleText } from "../../lib/system/visible.ts";
import type { TrainRunResult } from "../../lib/train/training_loop.ts";
import type { ValidationLoss } from "../../lib/train/validation_loss.ts";
import type { ValidationSamples } from "../../lib/train/validation_samples.ts";

/** What was measured of texts, and the first of them. */
export function describeSamples(
  { numSteps, metrics, texts: [first = ""] }: ValidationSamples,
): string {
  const measured = Object.entries(metrics).map(([name, value]) =>
    `${name} ${value === null ? "none" : formatNumber(value)}`
  );
  const text = visibleText(first.replaceAll(/\s+/g, " "));
  return `  ${formatSteps(numSteps)} (${measured.join(", ")}): ${text}`;
}

/** What a training has led to, and what it took. */
export function describeResult(
  { checkpoint, skippedSteps }: TrainRunResult,
  peakMemoryBytes: number,
): string {
  return [
    `Checkpoint ${pathForCaller(checkpoint)}`,
    ...(skippedSteps > 0
      ? [`${formatSteps(skippedSteps)} left out: the gradients were not finite`]
      : []),
    `Peak GPU memory ${formatBytes(peakMemoryBytes)}`,
  ].join("\n");
}

/** Why a run is left as it is. */
export function describeFinished(run: string, step: number): string {
  return `Nothing to do: ${pathForCaller(run)} is at its end, step ${formatCount(step)}.`;
}

/** What a run that goes back does with the checkpoints after its step. */
export function describeReplaced(step: number, later: readonly number[]): string {
  const steps = later.map(formatCount).join(", ");
  return `Going on from step ${formatCount(step)}. Metrics after it are removed now; what the ` +
    `run has of later checkpoints (${steps}) goes when the next one has been written.`;
}

/** The mean loss and, where there are any, those of the four quarters of the time. */
export function describeValidation(
  { loss, standardError, byTime }: ValidationLoss,
  unit: string,
): string {
  // A quarter of few samples may have none.
  const bins = byTime.flatMap((value, i) =>
    Number.isNaN(value)
      ? []
      : `t ${i / byTime.length}–${(i + 1) / byTime.length}: ${formatNumber(value)}`
  );
  const error = Number.isNaN(standardError) ? "" : ` ± ${formatStandardError(standardError)}`;
  const mean = `validation loss ${formatNumber(loss)}${error}${unit}`;
  return bins.length === 0 ? mean : `${mean} (${bins.join(", ")})`;
}
