/**
 * Runs beside each other: one HTML file with everything in it.
 *
 * @module
 */

import { formatCount, formatDuration, formatNumber, formatSteps } from "../../lib/cli/format.ts";
import { configKeys } from "../../lib/config/config.ts";
import { TRAINING_SECTIONS } from "../../lib/config/training_config.ts";
import { median } from "../../lib/math/median.ts";
import { findMethod, titleOf } from "../../lib/methods/table.ts";
import { isMapping } from "../../lib/schema/tree.ts";
import { taskCommand } from "../../lib/system/task_command.ts";
import type { MetricsRecord } from "../../lib/train/metrics.ts";
import { PHASES, secondsIn } from "../../lib/train/phase_clock.ts";
import { summaryOf } from "../../lib/train/run_log.ts";
import { isTrained } from "../../lib/train/time_limit.ts";
import { htmlPage } from "../figures/html_page.ts";
import { escapeXml, thinned } from "../figures/plots.ts";
import { htmlTable, type Table, tableOf } from "../figures/text_table.ts";
import type { RunRecord } from "../runs/run_record.ts";
import { pathEnds, withoutMachine } from "./path_ends.ts";

/** A curve of one run. */
export interface Curve {
  /** Which of the runs. */
  readonly run: number;
  /** Its points: optimizer steps and values. */
  readonly points: readonly (readonly [number, number])[];
}

/** Curves of the same name, one of each run that has it. */
export interface CurvePlot {
  /** What is measured, such as `train/loss`. */
  readonly title: string;
  /** At most one a run. */
  readonly curves: readonly Curve[];
}

const STYLE = `
body { max-width: 90rem; }
.curves { display: flex; flex-wrap: wrap; gap: 0.5rem; }
.curves figure { margin: 0; }
.curves svg { display: block; touch-action: none; }
.values { font-size: 0.8rem; min-height: 1.2em; font-variant-numeric: tabular-nums; }
.legend label { display: inline-block; margin-right: 1.5rem; }
.curves .line, .legend .line { display: inline; margin-right: 0.3rem; vertical-align: middle; }
.samples td, .words td { text-align: left; vertical-align: top; white-space: pre-wrap; }
.samples table { table-layout: fixed; width: 100%; }`;

/** What draws the curves in the page. */
const SCRIPT = new URL("./curves.js", import.meta.url);

/** The page that compares runs, of which there may be any number. */
export async function renderComparison(records: readonly RunRecord[]): Promise<string> {
  const names = pathEnds(records.map(({ run }) => run));
  const runs = records.map((record, i) => ({ ...record, name: names[i]! }));
  const data = { runs: names, plots: curvePlots(runs) };
  const differences = configDifferences(runs);
  const sections = [
    htmlTable(runTable(runs)),
    ...lossesOf(runs),
    "<h2>Curves</h2>",
    `<div class="legend" id="legend"></div>\n<div class="curves" id="curves"></div>`,
    ...samplesOf(runs),
    ...(runs.length > 1
      ? [
        "<h2>Differences of configuration</h2>",
        differences.rows.length === 0
          ? "<p>There are none.</p>"
          : `<div class="words">${htmlTable(differences)}</div>`,
      ]
      : []),
    "<h2>Provenance</h2>",
    `<div class="words">${htmlTable(provenance(runs))}</div>`,
    `<script type="application/json" id="data">${jsonInHtml(data)}</script>`,
    `<script type="module">\n${await Deno.readTextFile(SCRIPT)}</script>`,
  ];
  const title = runs.length === 1 ? `Run ${names[0]}` : `Comparison of ${names.join(", ")}`;
  return htmlPage({ title, sections, style: STYLE });
}

/** JSON that ends no element. */
function jsonInHtml(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

const ofKind = ({ metrics }: RunRecord, kind: string) =>
  metrics.filter((record) => record.kind === kind);

const numbersOf = (records: readonly MetricsRecord[], name: string) =>
  records.map((record) => record[name]).filter((value) => typeof value === "number")
    .filter(Number.isFinite);

/** A row for each run. */
export function runTable(runs: readonly RunRecord[]): Table {
  const last = (run: RunRecord, kind: string, name: string) =>
    numbersOf(ofKind(run, kind), name).at(-1);
  return tableOf(runs, [
    { head: "run", text: ({ name }) => name },
    { head: "model", text: ({ kind }) => titleOf(kind) },
    {
      head: "steps",
      text({ metrics, train, state }) {
        const step = metrics.at(-1)?.step ?? 0;
        const { numSteps, minutes } = train;
        const endedInTime = step < numSteps && isTrained({ step, seconds: state?.seconds }, train);
        return `${formatCount(step)} of ${formatCount(numSteps)}` +
          (endedInTime ? `, ended in time (${formatNumber(minutes!)} minutes)` : "");
      },
    },
    { head: "last loss", number: (run) => last(run, "train", "loss") },
    { head: "smoothed", number: (run) => last(run, "train", "smoothedLoss") },
    { head: "last validation", number: (run) => last(run, "validation", "loss") },
    {
      head: "best validation",
      number(run) {
        const losses = numbersOf(ofKind(run, "validation"), "loss");
        return losses.length === 0 ? undefined : Math.min(...losses);
      },
    },
    {
      head: "median tokens/s",
      text(run) {
        const speed = median(numbersOf(ofKind(run, "train"), "tokensPerSecond"));
        return Number.isNaN(speed) ? "" : formatCount(speed);
      },
    },
    { head: "time", text: (run) => timeOf(run) },
    {
      head: "checkpoints",
      text: ({ checkpoints }) => checkpoints.toReversed().map(formatCount).join(", "),
    },
    ...(runs.some(({ state }) => state?.best !== undefined)
      ? [{
        head: "best",
        text({ state }: RunRecord) {
          if (state?.best === undefined) return "";
          const { step, metric, value } = state.best;
          return `${formatCount(step)}, ${metric} ${formatNumber(value)}`;
        },
      }]
      : []),
  ]);
}

/** What losses do not say, where runs of several kinds stand beside each other. */
function lossesOf(runs: readonly RunRecord[]): string[] {
  const kinds = [...new Set(runs.map(({ kind }) => kind))];
  if (kinds.length < 2) return [];
  const text =
    `The losses and validation losses of different models (${kinds.map(titleOf).join(", ")}) are ` +
    `different things and cannot be compared.`;
  const denoisers = kinds.filter((kind) => findMethod(kind)?.isDenoiser).map(titleOf);
  const hint = denoisers.length < 2
    ? ""
    : ` Compare ${denoisers.join(" and ")} by ${taskCommand("eval-ppl")}.`;
  return [`<p>${escapeXml(text + hint)}</p>`];
}

/** The time that the phases took, as far as it was counted. */
function timeOf(run: RunRecord): string {
  const seconds = PHASES.map((phase) => secondsIn(phase, run.metrics)).reduce((a, b) => a + b);
  return seconds === 0 ? "" : formatDuration(seconds);
}

/** All that was measured over the steps, in the order in which it first comes. */
export function curvePlots(runs: readonly RunRecord[]): CurvePlot[] {
  const plots = new Map<string, Map<number, [number, number][]>>();
  for (const [run, { metrics }] of runs.entries()) {
    for (const record of metrics) {
      for (const [tag, value] of Object.entries(summaryOf(record)?.scalars ?? {})) {
        const curves = plots.get(tag) ?? new Map<number, [number, number][]>();
        plots.set(tag, curves);
        const points = curves.get(run) ?? [];
        curves.set(run, points);
        points.push([record.step, value]);
      }
    }
  }
  return [...plots].map(([tag, curves]) => ({
    title: tag.replace(/\b1 steps\b/, "1 step"),
    curves: [...curves].map(([run, points]) => ({ run, points: thinnedPairs(points) }))
      .filter(({ points }) => points.length > 0),
  })).filter(({ curves }) => curves.length > 0);
}

function thinnedPairs(points: readonly (readonly [number, number])[]): [number, number][] {
  return thinned(points.map(([x, y]) => ({ x, y, line: "" }))).map(({ x, y }) => [x, y]);
}

/** The newest samples of each run, those of the same number of steps beside each other. */
function samplesOf(runs: readonly RunRecord[]): string[] {
  const ways = new Map<string, Map<number, { step: number; texts: readonly string[] }>>();
  for (const [run, record] of runs.entries()) {
    for (const samples of ofKind(record, "samples")) {
      const way = formatSteps(Number(samples.numSteps)) +
        (samples.gamma === undefined ? "" : `, gamma ${samples.gamma}`);
      const texts = Object.entries(samples).filter(([name]) => /^text\d+$/.test(name))
        .map(([, text]) => String(text));
      const of = ways.get(way) ?? new Map();
      ways.set(way, of.set(run, { step: samples.step, texts }));
    }
  }
  const sections = [...ways].map(([way, of]) => {
    const columns = [...of];
    const rows = Array.from(
      { length: Math.max(...columns.map(([, { texts }]) => texts.length)) },
      (_, i) => [String(i + 1), ...columns.map(([, { texts }]) => texts[i] ?? "")],
    );
    const head = columns.map(([run, { step }]) => `${runs[run]!.name}, step ${formatCount(step)}`);
    return `<h3>${escapeXml(way)}</h3>\n<div class="samples">` +
      `${htmlTable({ head: ["", ...head], rows })}</div>`;
  });
  return sections.length === 0 ? [] : ["<h2>Samples</h2>", ...sections];
}

/**
 * The keys in which the configurations of runs differ, and what they are there. A training has its
 * own method, length and optimizer by the names that those of the first training of a recipe have.
 */
export function configDifferences(runs: readonly RunRecord[]): Table {
  const flat = runs.map((run) => new Map(leavesOf(ownConfig(run))));
  const keys = [...new Set(flat.flatMap((each) => [...each.keys()]))];
  const paths = new Set(configKeys().filter(({ field }) => field.isPath).map(({ path }) => path));
  const rows = keys.map((key) => {
    const values = flat.map((each) => each.get(key) ?? "");
    return [key, ...(paths.has(key) ? withoutFolders(values) : values)];
  }).filter(([, ...values]) => new Set(values).size > 1);
  return { head: ["key", ...runs.map(({ name }) => name)], rows };
}

/** Paths as JSON, among what is none, without the folders of this machine. */
function withoutFolders(values: readonly string[]): string[] {
  const isPath = (value: string) => value.startsWith('"');
  const shown = withoutMachine(values.filter(isPath).map((value) => JSON.parse(value)));
  return values.map((value) => isPath(value) ? JSON.stringify(shown.shift()) : value);
}

/** A run's configuration without what it says of the other trainings of its recipe. */
function ownConfig({ config, kind, train, optim }: RunRecord): unknown {
  const sections = TRAINING_SECTIONS.map((section) => {
    const { train: _train, optim: _optim, ...rest } = config[section];
    return [section, rest];
  });
  return { ...config, ...Object.fromEntries(sections), method: kind, train, optim };
}

/** The values of a configuration by their full keys, as JSON. */
function leavesOf(value: unknown, key = ""): [string, string][] {
  if (!isMapping(value)) return [[key, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([name, inner]) =>
    leavesOf(inner, key === "" ? name : `${key}.${name}`)
  );
}

/** Where the runs come from. */
function provenance(runs: readonly RunRecord[]): Table {
  const folders = withoutMachine(runs.map(({ run }) => run));
  return tableOf(runs, [
    { head: "run", text: ({ name }) => name },
    { head: "folder", text: (run) => folders[runs.indexOf(run)]! },
    { head: "commit of flm", text: ({ state }) => state?.commit ?? "" },
    { head: "adapter", text: ({ state }) => state?.adapter ?? "" },
    { head: "backend", text: ({ state }) => state?.backend ?? "" },
    { head: "data (hash)", text: ({ state }) => state?.dataHash ?? "" },
    {
      head: "tokenizer",
      text: ({ state, config }) => state?.tokenizer.name ?? config.data.tokenizer,
    },
    { head: "seed", text: ({ config }) => String(config.seed) },
    {
      head: "learned from",
      text: ({ state }) =>
        Object.entries(state?.learnedFrom ?? {})
          .map(([role, { step, sha256 }]) => `${role}: step ${step}, ${sha256.slice(0, 12)}`)
          .join("\n"),
    },
  ]);
}
