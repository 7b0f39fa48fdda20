/**
 * Table and plots of generative perplexities.
 *
 * @module
 */

import { formatCount, formatUnits } from "../../lib/cli/format.ts";
import type { GenerativePerplexity } from "../../lib/eval/generative_perplexity.ts";
import { titleOf } from "../../lib/methods/table.ts";
import type { Plot } from "../figures/plots.ts";
import {
  type Column,
  markdownTable,
  type Table,
  tableOf,
  textTable,
} from "../figures/text_table.ts";
import { anchorOf } from "./accumulate.ts";
import { describeLimit, nameJudge } from "./judge_words.ts";
import type { GenPplResult, GenPplResults, ResultWay, TokenStatistics } from "./results.ts";

/** Figures of samples, or of validation text. */
export type Figures = GenerativePerplexity & TokenStatistics;

/** A row of figures: whose they are, how they were made, and the perplexity of validation text. */
interface Row extends Figures, Partial<ResultWay> {
  readonly text: string;
  readonly anchor: number | null;
}

/** A part of a {@linkcode ResultWay} that is a column where it is not the same for all rows. */
interface Setting {
  readonly head: string;
  readonly cell: (row: Partial<ResultWay>) => string;
  readonly words: (row: ResultWay) => string;
  /** The cell that is not worth a word if it is that of all rows. */
  readonly usual?: string;
}

const SETTINGS: readonly Setting[] = [
  {
    head: "temperature",
    cell: ({ numSteps, temperature = 1 }) => numSteps === undefined ? "" : String(temperature),
    words: ({ temperature = 1 }) => `temperature ${temperature}`,
    usual: "1",
  },
  {
    head: "top-p",
    cell: ({ numSteps, topP = 1 }) => numSteps === undefined ? "" : String(topP),
    words: ({ topP = 1 }) => `top-p ${topP}`,
    usual: "1",
  },
  {
    head: "weights",
    cell: ({ weights }) => weights ?? "",
    words: ({ weights }) => `${weights} weights`,
  },
  {
    head: "samples",
    cell: ({ numSamples }) => numSamples === undefined ? "" : formatCount(numSamples),
    words: ({ numSamples }) => `${formatUnits(numSamples, "sample")} each`,
  },
  {
    head: "seed",
    cell: ({ seed }) => seed === undefined ? "" : String(seed),
    words: ({ seed }) => `seed ${seed}`,
  },
  {
    head: "at most tokens",
    cell: ({ maxTokens }) => maxTokens ? formatCount(maxTokens) : "all",
    words: ({ maxTokens }) => describeLimit(maxTokens),
  },
];

/** The settings in which results differ. */
function differing({ results }: Pick<GenPplResults, "results">): readonly Setting[] {
  return SETTINGS.filter(({ cell }) => new Set(results.map(cell)).size > 1);
}

const FIGURES: readonly Column<Row>[] = [
  { head: "perplexity", number: ({ perplexity }) => perplexity },
  { head: "of validation text", number: ({ anchor }) => anchor },
  { head: "entropy (nats)", number: ({ entropy }) => entropy },
  { head: "unique tokens", number: ({ uniqueTokens }) => uniqueTokens },
  { head: "bits/character", number: ({ bitsPerCharacter }) => bitsPerCharacter },
];

/** The results, a row for each way to sample, then validation text. */
export function genPplTable(found: GenPplResults): Table {
  const { model, results, validation } = found;
  const rows: Row[] = results.map((row) => ({
    ...row,
    text: titleOf(model),
    anchor: anchorOf(found, row)?.perplexity ?? null,
  }));
  const anchors: Row[] = validation.map((each) => ({
    ...each,
    text: "validation text",
    numSamples: each.numTexts,
    anchor: each.perplexity,
  }));
  const withGamma = results.some(({ gamma }) => gamma !== null && gamma !== 0);
  const optional = (value: number | null | undefined) => value === undefined ? "" : String(value);
  return tableOf([...rows, ...anchors], [
    { head: "text", text: ({ text }) => text },
    { head: "steps", text: ({ numSteps }) => optional(numSteps) },
    ...(withGamma ? [{ head: "gamma", text: ({ gamma }: Row) => optional(gamma) }] : []),
    ...differing(found).map(({ head, cell }) => ({ head, text: cell })),
    ...FIGURES,
  ]);
}

/** The figures of texts from elsewhere. */
export function textsTable(name: string, figures: Figures, validation: number | null): Table {
  const rows: Row[] = [{ ...figures, text: name, anchor: validation }];
  return tableOf(rows, [{ head: "text", text: ({ text }) => text }, ...FIGURES]);
}

/** What is unusual about texts, a sentence each. */
export function remarks(
  { numTexts, numEmpty, numUnscored, numChunked, numTruncated, numAltered }: GenerativePerplexity,
): string[] {
  const of = (count: number) => `${formatCount(count)} of ${formatUnits(numTexts, "text")}`;
  const cases: [number, string][] = [
    [numEmpty, "nothing but white space"],
    [numUnscored, "no token that counts"],
    [
      numChunked,
      "more tokens than the judge sees at once (a judge of your own: a block, BOS included), so " +
      "that they were scored in pieces",
    ],
    [numAltered, "written otherwise in the judge's tokens, and scored so"],
    [numTruncated, "more tokens than --max-tokens, of which the first were scored"],
  ];
  return cases.filter(([count]) => count > 0).map(([count, what]) => `${of(count)}: ${what}.`);
}

/** All remarks of a run's results, with the row that they belong to before them. */
function resultRemarks({ results, validation }: GenPplResults): string[] {
  const rows = [
    ...results.map((figures) => ({ name: figures.samples, figures })),
    ...validation.map((figures) => ({ name: "validation text", figures })),
  ];
  return rows.flatMap(({ name, figures }) => remarks(figures).map((each) => `${name}: ${each}`));
}

/** Who judged what, as far as it is the same for all results. */
function describeResults(found: GenPplResults): string {
  const differ = differing(found);
  const [first] = found.results;
  const same = SETTINGS
    .filter((setting) => !differ.includes(setting) && setting.cell(first!) !== setting.usual)
    .map(({ words }) => words(first!));
  return `Judge ${nameJudge(found)}. ${[`Step ${formatCount(found.step)}`, ...same].join(", ")}.`;
}

/** All results for people. */
export function describeGenPpl(found: GenPplResults): string {
  return [describeResults(found), textTable(genPplTable(found)), ...resultRemarks(found)]
    .join("\n");
}

/** Perplexity and entropy by number of steps, with those of validation text. */
export function genPplPlots(found: GenPplResults): { perplexity: Plot; entropy: Plot } {
  const { model, results, validation } = found;
  const differ = differing(found);
  const lineOf = (row: GenPplResult) =>
    [
      titleOf(model),
      ...(row.gamma ? [`gamma ${row.gamma}`] : []),
      ...differ.map(({ words }) => words(row)),
    ].join(", ");
  const plot = (title: string, y: string, key: "perplexity" | "entropy"): Plot => {
    const samples = results.map((row) => ({
      x: row.numSteps,
      y: row[key] ?? NaN,
      line: lineOf(row),
    }));
    const levels = validation.flatMap((anchor, i) =>
      results.map(({ numSteps }) => ({
        x: numSteps,
        y: anchor[key] ?? NaN,
        line: `validation text${validation.length > 1 ? ` ${i + 1}` : ""}`,
      }))
    );
    const points = [...samples, ...levels].filter(({ y }) => Number.isFinite(y));
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
    `${describeResults(found)}\n`,
    markdownTable(genPplTable(found)),
    ...(remarked === "" ? [] : [remarked]),
    "![Perplexity by number of steps](perplexity.svg)\n",
    "![Entropy by number of steps](entropy.svg)\n",
  ].join("\n");
}
