/**
 * The table of models by number of steps.
 *
 * @module
 */

import { formatNumber } from "../../lib/cli/format.ts";
import type { ModelKind } from "../../lib/train/checkpoint_state.ts";
import type { Quality, QualityResult } from "./quality.ts";
import { type Table, textTable } from "./text_table.ts";

/** What people call the kinds of models. */
export const MODEL_TITLES: Readonly<Record<ModelKind, string>> = {
  flm: "FLM",
  flow_map: "flow map (stage 1)",
  second_stage: "flow map (stage 2)",
  psd: "denoiser flow map",
  ar: "autoregressive model",
};

interface Column {
  head: string;
  cell: (result: QualityResult) => string;
}

/** A part of a whole in percent with one decimal: "97.3 %". */
export function formatPercent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

/** The models' measures, with the columns that the evaluations have. */
export function qualityCells(evaluations: readonly Quality[]): Table {
  const results = evaluations.flatMap((evaluation) => evaluation.results);
  const columns: Column[] = [{ head: "steps", cell: ({ numSteps }) => String(numSteps) }];
  if (results.some(({ gamma }) => gamma !== null && gamma !== 0)) {
    columns.push({ head: "gamma", cell: ({ gamma }) => gamma === null ? "" : String(gamma) });
  }
  const isLetters = results.some(({ validity }) => validity !== undefined);
  if (isLetters) {
    columns.push(
      { head: "validity", cell: ({ validity }) => optional(validity, formatPercent) },
      { head: "letters seen", cell: ({ letters }) => optional(letters, String) },
    );
  }
  const isJudged = results.some(({ perplexity }) => perplexity !== undefined);
  if (isJudged) {
    columns.push(
      { head: "perplexity", cell: ({ perplexity }) => perplexityCell(perplexity) },
      {
        head: "of validation text",
        cell: ({ validationPerplexity }) => perplexityCell(validationPerplexity),
      },
    );
  }
  // A perplexity means nothing without it.
  if (isJudged || !isLetters) {
    columns.push({ head: "entropy", cell: ({ entropy }) => formatNumber(entropy) });
  }
  if (!isLetters) {
    columns.push(
      { head: "unique tokens", cell: ({ uniqueTokens }) => formatNumber(uniqueTokens) },
    );
  }
  return {
    head: ["model", ...columns.map(({ head }) => head)],
    rows: evaluations.flatMap(({ model, results }) =>
      results.map((result) => [MODEL_TITLES[model], ...columns.map(({ cell }) => cell(result))])
    ),
  };
}

/** The same as lines of text. */
export function qualityTable(evaluations: readonly Quality[]): string {
  return textTable(qualityCells(evaluations));
}

function perplexityCell(value: number | null | undefined): string {
  return value === null ? "none" : optional(value, formatNumber);
}

function optional(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? "" : format(value);
}
