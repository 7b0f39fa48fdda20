/**
 * What a draw took, and on what.
 *
 * @module
 */

import { formatCount, formatDuration } from "../../../lib/cli/format.ts";
import type { DrawFigures, ModelFacts } from "../common/messages.ts";
import { element } from "./elements.ts";

/** Shows the figures of a draw. */
export function showFigures(figures: DrawFigures, { adapterName }: ModelFacts): void {
  const { seconds, numTexts, numTokens, numEvaluations } = figures;
  const rate = numTokens / seconds;
  const rows = {
    "Time per text": formatDuration(seconds / numTexts),
    "Tokens per second": rate < 10 ? rate.toFixed(1) : formatCount(rate),
    "Network evaluations": formatCount(numEvaluations),
    "Adapter": adapterName,
  };
  const list = element("figures", HTMLDListElement);
  list.replaceChildren(
    ...Object.entries(rows).map(([name, value]) => {
      const row = document.createElement("div");
      const [term, description] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = name;
      description.textContent = value;
      row.append(term, description);
      return row;
    }),
  );
  list.hidden = false;
}

/** A model in a line, and what was assumed of it. */
export function describeModel(facts: ModelFacts): string {
  const { name, title, numParameters, vocabSize, notes } = facts;
  const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
  const line = [
    name,
    title,
    `${compact.format(numParameters)} parameters`,
    `${formatCount(vocabSize)} tokens`,
  ].join(" · ");
  return [line, ...notes].join(". ");
}
