/**
 * The report of a recipe: one HTML file with everything in it.
 *
 * @module
 */

import { formatCount, formatDuration, formatSteps } from "../../lib/cli/format.ts";
import type { EvaluationResult } from "../../lib/eval/evaluation.ts";
import { ENTROPY, ownMetrics, UNIQUE_TOKENS } from "../../lib/eval/metrics.ts";
import { titleOf } from "../../lib/methods/table.ts";
import type { MetricsRecord } from "../../lib/train/metrics.ts";
import { htmlPage } from "../figures/html_page.ts";
import { drawPlot, escapeXml, type Plot, type Point, thinned } from "../figures/plots.ts";
import { htmlTable, type Table, tableOf } from "../figures/text_table.ts";
import type { Qualities, QualityResult } from "./quality.ts";
import { describeRecipeJudge, type ModelQuality, qualityTable } from "./quality_table.ts";

/** What is known of one training. */
export interface TrainingReport {
  /** What it made. */
  readonly model: string;
  /** Its run folder. */
  readonly run: string;
  /** Its metrics; none if they are lost. */
  readonly metrics: readonly MetricsRecord[];
  /** Time that it took; undefined if nobody measured it. */
  readonly seconds?: number;
}

/** What a report shows. */
export interface ReportContent {
  /** Name of the recipe. */
  readonly name: string;
  /** The recipe, every key of it, as YAML. */
  readonly config: string;
  /** The trainings in order. */
  readonly trainings: readonly TrainingReport[];
  /** What is known of their models' samples. */
  readonly qualities: Qualities;
  /** What of the recipe's bounds is missed. */
  readonly missed: readonly string[];
}

/** Samples shown for each number of steps. */
const SHOWN_SAMPLES = 8;

const STYLE = "\n.missed { color: #a40000; }";

/** The whole page. */
export async function renderReport(content: ReportContent): Promise<string> {
  const { name, config, trainings, qualities: { evaluations, judge }, missed } = content;
  const title = `Report of ${name}`;
  const sections = [
    htmlTable(qualityTable(evaluations)),
    ...(judge === null ? [] : [`<p>${escapeXml(describeRecipeJudge(judge))}</p>`]),
    ...missed.map((each) => `<p class="missed">Missed: ${escapeXml(each)}</p>`),
    await figures(qualityPlots(evaluations)),
    "<h2>Trainings</h2>",
    htmlTable(trainingTable(trainings)),
    await figures(trainings.map(lossPlot)),
    "<h2>Samples</h2>",
    ...evaluations.flatMap(({ model, results }) => results.map((each) => samples(model, each))),
    "<h2>Recipe</h2>",
    `<pre>${escapeXml(config)}</pre>`,
  ];
  return htmlPage({ title, sections, style: STYLE });
}

/** Quality by number of steps: by the corpus's own metrics if there are any, else as any text. */
export function qualityPlots(evaluations: readonly ModelQuality[]): Plot[] {
  const plot = (measure: (result: QualityResult) => number | null | undefined) => ({
    x: "sampler steps",
    doubling: true,
    points: evaluations.flatMap(({ model, results }) =>
      results.map((result) => ({
        x: result.numSteps,
        y: measure(result) ?? NaN,
        line: titleOf(model) + (result.gamma ? `, gamma ${result.gamma}` : ""),
      }))
    ).filter(({ y }) => Number.isFinite(y)),
  });
  const perplexity = {
    ...plot((each) => each.perplexity),
    title: "Perplexity of samples by number of steps",
    y: "perplexity",
    logarithmic: true,
  };
  const names = evaluations.flatMap(({ results }) =>
    results.flatMap(({ metrics }) => Object.keys(metrics))
  );
  const own = ownMetrics(names);
  const shown = own.length > 0 ? own : [ENTROPY, UNIQUE_TOKENS];
  return [
    ...(perplexity.points.length > 0 ? [perplexity] : []),
    ...shown.map(({ name, title, axis, most, isPart }) => ({
      ...plot(({ metrics }) => metrics[name]),
      title,
      y: axis,
      ...(most === undefined ? {} : { most }),
      ...(isPart ? { format: "%" } : {}),
    })),
  ];
}

/** The losses of a training and of its validations. */
export function lossPlot({ model, metrics }: TrainingReport): Plot {
  const line = (kind: string, line: string): Point[] =>
    thinned(
      metrics.filter((record) => record.kind === kind)
        .map(({ step, loss }) => ({ x: step, y: Number(loss), line })),
    );
  return {
    title: `Loss of the ${titleOf(model)}`,
    x: "optimizer steps",
    y: "loss",
    points: [...line("train", "training"), ...line("validation", "validation, averaged weights")],
  };
}

function trainingTable(trainings: readonly TrainingReport[]): Table {
  const last = ({ metrics }: TrainingReport, kind: string) =>
    metrics.filter((record) => record.kind === kind).at(-1);
  const loss = (record: MetricsRecord | undefined) => record && Number(record.loss);
  return tableOf(trainings, [
    { head: "model", text: ({ model }) => titleOf(model) },
    {
      head: "steps",
      text(each) {
        const record = last(each, "train");
        return record === undefined ? "" : formatCount(record.step);
      },
    },
    { head: "last loss", number: (each) => loss(last(each, "train")) },
    { head: "last validation", number: (each) => loss(last(each, "validation")) },
    {
      head: "time",
      text: ({ seconds }) => seconds === undefined ? "" : formatDuration(seconds),
    },
    { head: "folder", text: ({ run }) => run },
  ]);
}

function samples(model: string, { numSteps, gamma, texts }: EvaluationResult): string {
  const heading = `${titleOf(model)}, ${formatSteps(numSteps)}` +
    (gamma ? `, gamma ${gamma}` : "");
  const shown = texts.slice(0, SHOWN_SAMPLES).map((text) => text.replaceAll("\n", " / "));
  return `<h3>${heading}</h3>\n<pre>${escapeXml(shown.join("\n"))}</pre>`;
}

async function figures(plots: readonly Plot[]): Promise<string> {
  const drawn = await Promise.all(plots.filter(({ points }) => points.length > 0).map(figure));
  return drawn.join("\n");
}

async function figure(plot: Plot): Promise<string> {
  const caption = escapeXml(plot.title);
  return `<figure><figcaption>${caption}</figcaption>\n${await drawPlot(plot)}</figure>`;
}
