/**
 * Whether models are as good as a recipe says.
 *
 * @module
 */

import { formatNumber, formatSteps } from "../../lib/cli/format.ts";
import type { BoundConfig } from "../../lib/config/config.ts";
import { ownMetrics } from "../../lib/eval/metrics.ts";
import { titleOf } from "../../lib/methods/table.ts";
import { PERPLEXITY } from "../../lib/train/best.ts";
import { formatPercent, type ModelQuality } from "./quality_table.ts";

/** Says of each bound that is missed what was found and what was expected. */
export function missedBounds(
  bounds: readonly BoundConfig[],
  evaluations: readonly ModelQuality[],
): string[] {
  return bounds.flatMap(({ model, numSteps, gamma, metric, min, max }) => {
    const result = evaluations.find((each) => each.model === model)?.results
      .find((each) => each.numSteps === numSteps && (each.gamma ?? 0) === gamma);
    const what = `${titleOf(model)}, ${formatSteps(numSteps)}` +
      (gamma === 0 ? "" : `, gamma ${gamma}`);
    const found = metric === PERPLEXITY ? result?.perplexity : result?.metrics[metric];
    // No token of the samples counts for the judge.
    if (found === null) return [`${what}: no ${metric}`];
    if (found === undefined) return [`${what}: ${metric} not measured`];
    const isPart = ownMetrics([metric]).some((each) => each.isPart);
    const show = isPart ? formatPercent : formatNumber;
    const expected = [
      ...(min !== null && found < min ? [`at least ${show(min)}`] : []),
      ...(max !== null && found > max ? [`at most ${show(max)}`] : []),
    ];
    return expected.map((each) => `${what}: ${metric} ${show(found)}, expected ${each}`);
  });
}
