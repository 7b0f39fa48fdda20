/**
 * Table and plots of generative perplexities.
 *
 * @module
 */

import { formatCount, formatNumber } from "../../lib/cli/format.ts";
import type { GenerativePerplexity } from "../../lib/eval/generative_perplexity.ts";
import type { Plot } from "../report/plots.ts";
import { MODEL_TITLES } from "../report/table.ts";
import { markdownTable, type Table } from "../report/text_table.ts";
import type { GenPplResults, JudgeSettings, TokenStatistics } from "./results.ts";

/** A row of figures: of samples, or of validation text. */
export type Figures = GenerativePerplexity & TokenStatistics;

/** The results, a row for each way to sample, then validation text. */
export function genPplCells(found: Pick<GenPplResults, "model" | "results" | "validation">): Table {
  const { model, results, validation } = found;
  const withGamma = results.some(({ gamma }) => gamma !== null && gamma !== 0);
  const anchor = formatOptional(validation?.perplexity);
  const head = ["text", "steps", ...(withGamma ? ["gamma"] : []), ...FIGURES];
  const rows = results.map((result) => [
    MODEL_TITLES[model],
    String(result.numSteps),
    ...(withGamma ? [String(result.gamma)] : []),
    ...figureCells(result, anchor),
  ]);
  const last = validation === null
    ? []
    : [["validation text", "", ...(withGamma ? [""] : []), ...figureCells(validation, anchor)]];
  return { head, rows: [...rows, ...last] };
}

/** The figures of texts from elsewhere. */
export function textsTable(name: string, figures: Figures, validation: number | null): Table {
  return {
    head: ["text", ...FIGURES],
    rows: [[name, ...figureCells(figures, formatOptional(validation))]],
  };
}

const FIGURES = [
  "perplexity",
  "of validation text",
  "entropy",
  "unique tokens",
  "bits/character",
];

function figureCells(figures: Figures, anchor: string): string[] {
  const { perplexity, entropy, uniqueTokens, bitsPerCharacter } = figures;
  return [
    formatOptional(perplexity),
    anchor,
    ...[entropy, uniqueTokens, bitsPerCharacter].map(formatOptional),
  ];
}

function formatOptional(value: number | null | undefined): string {
  return value === null || value === undefined ? "none" : formatNumber(value);
}

/** The judge in words, with what bounds its view. */
export function describeJudge({ judge, revision, maxTokens }: JudgeSettings): string {
  return `Judge ${judge}${revision === null ? "" : `, revision ${revision}`}` +
    (maxTokens === null ? "" : `, at most ${formatCount(maxTokens)} tokens of a text`);
}

/** What is unusual about texts, a sentence each. */
export function remarks(
  { numTexts, numEmpty, numUnscored, numChunked, numTruncated }: GenerativePerplexity,
): string[] {
  const of = (count: number) => `${formatCount(count)} of ${formatCount(numTexts)} texts`;
  const cases: [number, string][] = [
    [numEmpty, "nothing but white space"],
    [numUnscored, "no token that counts"],
    [numChunked, "more tokens than the judge sees at once, and were scored in pieces"],
    [numTruncated, "more tokens than --max-tokens, of which the first were scored"],
  ];
  return cases.filter(([count]) => count > 0).map(([count, what]) => `${of(count)}: ${what}.`);
}

/** All remarks of a run's results, with the row that they belong to before them. */
export function resultRemarks({ results, validation }: GenPplResults): string[] {
  const rows: { name: string; figures: GenerativePerplexity }[] = results.map((figures) => ({
    name: figures.samples,
    figures,
  }));
  if (validation !== null) rows.push({ name: "validation text", figures: validation });
  return rows.flatMap(({ name, figures }) => remarks(figures).map((each) => `${name}: ${each}`));
}

/** How samples were drawn, in words. */
export function describeSamples({ step, settings }: GenPplResults): string {
  const { numSamples, seed, weights } = settings;
  return `${formatCount(numSamples)} samples for each number of steps, seed ${seed}; ` +
    `${weights} weights at step ${formatCount(step)}`;
}

/** Perplexity and entropy by number of steps, with those of validation text. */
export function genPplPlots(
  { model, results, validation }: Pick<GenPplResults, "model" | "results" | "validation">,
): { perplexity: Plot; entropy: Plot } {
  const plot = (title: string, y: string, key: "perplexity" | "entropy"): Plot => {
    const samples = results.map((result) => ({
      x: result.numSteps,
      y: result[key] ?? NaN,
      line: MODEL_TITLES[model] + (result.gamma ? `, gamma ${result.gamma}` : ""),
    }));
    const level = results.map(({ numSteps }) => ({
      x: numSteps,
      y: validation?.[key] ?? NaN,
      line: "validation text",
    }));
    const points = [...samples, ...level].filter(({ y }) => Number.isFinite(y));
    return { title, x: "sampler steps", y, doubling: true, points };
  };
  return {
    perplexity: {
      ...plot("Perplexity of samples by number of steps", "perplexity", "perplexity"),
      logarithmic: true,
    },
    entropy: plot("Entropy of samples by number of steps", "nats", "entropy"),
  };
}

/** The page in Markdown, beside the plots that it shows. */
export function genPplMarkdown(name: string, found: GenPplResults): string {
  const remarked = resultRemarks(found).map((each) => `- ${each}\n`).join("");
  return [
    `# Generative perplexity of ${name}\n`,
    `${describeJudge(found.settings)}. ${describeSamples(found)}.\n`,
    markdownTable(genPplCells(found)),
    ...(remarked === "" ? [] : [remarked]),
    "![Perplexity by number of steps](perplexity.svg)\n",
    "![Entropy by number of steps](entropy.svg)\n",
  ].join("\n");
}
