/**
 * The table of models by how well they know the clean tokens of validation data.
 *
 * @module
 */

import { formatUnits } from "../../lib/cli/format.ts";
import { shownPath } from "../../lib/cli/paths.ts";
import { type Table, tableOf, textTable } from "../figures/text_table.ts";
import type { EvalPpl } from "./eval_ppl.ts";

/** The results as a table. */
export function evalPplTable(results: readonly { run: string; found: EvalPpl }[]): Table {
  return tableOf(results, [
    { head: "run", text: ({ run }) => shownPath(run) },
    { head: "step", text: ({ found }) => String(found.step) },
    { head: "nats/token", number: ({ found }) => found.loss },
    {
      head: "±",
      // A single block says nothing of others.
      number: ({ found: { standardError } }) =>
        Number.isFinite(standardError) ? standardError : null,
    },
    ...["0–¼", "¼–½", "½–¾", "¾–1"].map((part, i) => ({
      head: `t ${part}`,
      // A coarse grid leaves quarters empty.
      number: ({ found }: { found: EvalPpl }) =>
        Number.isFinite(found.byTime[i]) ? found.byTime[i] : undefined,
    })),
  ]);
}

/** What people read of the results. */
export function describeEvalPpl(results: readonly { run: string; found: EvalPpl }[]): string {
  const { numBlocks, numTimes } = results[0]!.found.settings;
  const lines = [
    textTable(evalPplTable(results)),
    `${formatUnits(numBlocks, "validation block")} at ${formatUnits(numTimes, "time")} each`,
  ];
  if (new Set(results.map(({ found }) => found.dataHash)).size > 1) {
    lines.push("The runs have different data or tokenizers: their figures cannot be compared.");
  }
  return lines.join("\n");
}
