/**
 * The table of models by number of steps.
 *
 * @module
 */

import type { SampleMetric } from "../../lib/data/sample_metric.ts";
import { ENTROPY, ownMetrics, UNIQUE_TOKENS } from "../../lib/eval/metrics.ts";
import { titleOf } from "../../lib/methods/table.ts";
import { type Column, type Table, tableOf, textTable } from "../figures/text_table.ts";
import { describeLimit, nameJudge } from "../gen_ppl/judge_words.ts";
import type { RecipeJudge } from "../reproduce/recipe_judge.ts";
import type { Qualities, Quality, QualityResult } from "./quality.ts";

/** A model's results. */
export type ModelQuality = Pick<Quality, "model" | "results">;

/** A part of a whole in percent with one decimal: "97.3 %". */
export function formatPercent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

/** The models' measures, with the columns that the evaluations have. */
export function qualityTable(evaluations: readonly ModelQuality[]): Table {
  const rows = evaluations.flatMap(({ model, results }) =>
    results.map((result) => ({ ...result, model }))
  );
  const columns: Column<QualityResult & { model: string }>[] = [
    { head: "model", text: ({ model }) => titleOf(model) },
    { head: "steps", text: ({ numSteps }) => String(numSteps) },
  ];
  if (rows.some(({ gamma }) => gamma !== null && gamma !== 0)) {
    columns.push({ head: "gamma", text: ({ gamma }) => gamma === null ? "" : String(gamma) });
  }
  if (rows.some(({ temperature }) => temperature !== undefined)) {
    columns.push({ head: "temperature", text: ({ temperature = 1 }) => String(temperature) });
  }
  if (rows.some(({ topP }) => topP !== undefined)) {
    columns.push({ head: "top-p", text: ({ topP = 1 }) => String(topP) });
  }
  const own = ownMetrics(rows.flatMap(({ metrics }) => Object.keys(metrics)));
  columns.push(...own.map(metricColumn));
  const isJudged = rows.some(({ perplexity }) => perplexity !== undefined);
  if (isJudged) {
    columns.push(
      { head: "perplexity", number: ({ perplexity }) => perplexity },
      { head: "of validation text", number: ({ validationPerplexity }) => validationPerplexity },
    );
  }
  // A perplexity means nothing without it.
  if (isJudged || own.length === 0) columns.push(metricColumn(ENTROPY));
  if (own.length === 0) columns.push(metricColumn(UNIQUE_TOKENS));
  return tableOf(rows, columns);
}

function metricColumn({ name, head, isPart }: SampleMetric): Column<QualityResult> {
  return isPart
    ? {
      head,
      text: ({ metrics: { [name]: part } }) => part === undefined ? "" : formatPercent(part),
    }
    : { head, number: ({ metrics }) => metrics[name] };
}

/** The table of a recipe's models, with the judge of the perplexities. */
export function describeQuality({ evaluations, judge }: Qualities): string {
  const table = textTable(qualityTable(evaluations));
  return judge === null ? table : `${table}\n\n${describeRecipeJudge(judge)}`;
}

/** Whose perplexities they are, a sentence. */
export function describeRecipeJudge({ judge, revision, maxTokens }: RecipeJudge): string {
  return `Perplexities are those of the judge ${nameJudge({ judge, revision })}, over ` +
    `${describeLimit(maxTokens)}.`;
}
