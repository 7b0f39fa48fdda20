/**
 * Whether models are as good as a recipe says.
 *
 * @module
 */

import { formatSteps } from "../../lib/cli/format.ts";
import type { BoundConfig } from "../../lib/config/config.ts";
import { MODEL_TITLES } from "../../lib/methods/titles.ts";
import { formatPercent, type ModelQuality } from "./quality_table.ts";

/** Says of each bound that is missed what was found and what was expected. */
export function missedBounds(
  bounds: readonly BoundConfig[],
  evaluations: readonly ModelQuality[],
): string[] {
  return bounds.flatMap((bound) => {
    const { model, numSteps, gamma, validity, letters } = bound;
    const result = evaluations.find((each) => each.model === model)?.results
      .find((each) => each.numSteps === numSteps && (each.gamma ?? 0) === gamma);
    const what = `${MODEL_TITLES[model]}, ${formatSteps(numSteps)}` +
      (gamma === 0 ? "" : `, gamma ${gamma}`);
    if (result?.validity === undefined || result.letters === undefined) {
      return [`${what}: not measured`];
    }
    const missed: string[] = [];
    if (validity !== null && result.validity < validity) {
      missed.push(
        `${what}: validity ${formatPercent(result.validity)}, ` +
          `expected at least ${formatPercent(validity)}`,
      );
    }
    if (letters !== null && result.letters < letters) {
      missed.push(`${what}: ${result.letters} letters seen, expected at least ${letters}`);
    }
    return missed;
  });
}
