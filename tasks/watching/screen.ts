/**
 * What a person sees of a run that goes on.
 *
 * @module
 */

import {
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
  formatRate,
  formatSteps,
} from "../../lib/cli/format.ts";
import { secondsFor } from "../../lib/cli/speed.ts";
import { titleOf } from "../../lib/methods/table.ts";
import { END, type MetricsRecord } from "../../lib/train/metrics.ts";
import { PHASES, secondsIn } from "../../lib/train/phase_clock.ts";
import { isTrained, type TimePassed } from "../../lib/train/time_limit.ts";
import type { RunRecord } from "../runs/run_record.ts";
import { drawChart, type Place } from "./chart.ts";

/** The room that there is. */
export interface ScreenSize {
  /** Characters of a line. */
  readonly columns: number;
  /** Lines. */
  readonly rows: number;
}

/** What else decides what is seen. */
export interface ScreenOptions extends ScreenSize {
  /** Seconds since the run's last line of metrics. */
  readonly age: number;
  /** Whether what there is no room for is shown all the same, as where there is no terminal. */
  readonly isWhole?: boolean;
}

/** Lines of a curve at most. */
const CURVE_ROWS = 10;
/** Lines besides curves and samples, about. */
const OTHER_ROWS = 10;
/** Lines of metrics over which times are added up. */
const RECENT = 20;

/** The lines of a screen, none longer than there is room unless all are to be whole. */
export function screenOf(
  record: RunRecord,
  { columns, rows, age, isWhole = false }: ScreenOptions,
): string[] {
  const lines = ofKind(record, "train");
  const validations = ofKind(record, "validation");
  const height = Math.max(3, Math.min(CURVE_ROWS, Math.floor((rows - OTHER_ROWS) / 3)));
  const curve = (title: string, records: readonly MetricsRecord[]) => {
    const places = records.map(({ step, loss }): Place => [step, Number(loss)]);
    const drawn = drawChart(places, columns, height);
    return drawn.length === 0 ? [] : ["", title, ...drawn];
  };
  const all = [
    ...headOf(record, age),
    ...(lines.length === 0 ? ["Nothing is measured yet."] : lastOf(lines, ofKind(record, END))),
    ...curve("training loss", lines),
    ...curve("validation loss", validations.length > 1 ? validations : []),
    ...validationOf(validations),
    checkpointsOf(record),
    ...samplesOf(record),
  ];
  return isWhole ? all : all.map((line) => cut(line, columns)).slice(0, rows);
}

const lastLine = ({ metrics }: RunRecord) => metrics.findLast(({ kind }) => kind === "train");

const ofKind = ({ metrics }: RunRecord, kind: string) =>
  metrics.filter((record) => record.kind === kind);

/** The name, and how far it is. */
function headOf(record: RunRecord, age: number): string[] {
  const { name, kind, metrics, train, config, state } = record;
  const step = metrics.at(-1)?.step ?? 0;
  const time = timeOf(record);
  const share = Math.min(1, step / train.numSteps);
  const timeShare = time === null ? 0 : Math.min(1, time.seconds / time.limit);
  const percent = `${Math.floor(100 * Math.max(share, timeShare))}%`;
  const tokens = lastLine(record)?.tokensPerSecond;
  const rate = Number(tokens) / (train.batchSize * config.data.length);
  const isDone = isTrained({ step, seconds: state?.seconds }, train);
  const { worked, away } = timesOf(ofKind(record, "train"), train.batchSize * config.data.length);
  const left = Math.min(
    secondsFor(train.numSteps - step, rate, worked, away),
    time === null ? Infinity : time.limit - time.seconds,
  );
  // Older runs do not tell how much of their time has passed.
  const hasEnd = !isDone && (train.minutes === null || time !== null);
  const parts = [
    timeShare > share
      ? `step ${formatCount(step)} (${percent} of ${formatDuration(time!.limit)})`
      : `step ${formatCount(step)} of ${formatCount(train.numSteps)} (${percent})`,
    ...(rate > 0 ? [formatRate(rate, "step"), formatRate(Number(tokens), "token")] : []),
    ...(rate > 0 && hasEnd ? [`ETA ${formatDuration(Math.max(0, left))}`] : []),
    isDone ? "at its end" : `last line ${formatDuration(Math.max(0, age))} ago`,
  ];
  return [`${name}: ${titleOf(kind)}`, parts.join(", ")];
}

/** The seconds of all steps up to the last line, and those of what was done in their place. */
function timesOf(
  lines: readonly MetricsRecord[],
  tokensPerStep: number,
): { worked: number; away: number } {
  let worked = 0;
  for (const [i, { step, tokensPerSecond }] of lines.entries()) {
    const seconds = (step - (lines[i - 1]?.step ?? 0)) * tokensPerStep / Number(tokensPerSecond);
    if (Number.isFinite(seconds)) worked += seconds;
  }
  return { worked, away: secondsIn("validation", lines) + secondsIn("writing", lines) };
}

/** How much of its time has passed, as far as it is told; null without an end in time. */
function timeOf(record: RunRecord): TimePassed | null {
  const { train: { minutes }, state } = record;
  const line = lastLine(record)?.workSeconds;
  if (minutes === null || (line === undefined && state?.seconds === undefined)) return null;
  return { seconds: Math.max(Number(line ?? 0), state?.seconds ?? 0), limit: 60 * minutes };
}

/** The last line of metrics, and what the time went into, up to the end if there is one. */
function lastOf(lines: readonly MetricsRecord[], ends: readonly MetricsRecord[]): string[] {
  const last = lines.at(-1)!;
  const names = ["loss", "smoothedLoss", "gradNorm", "lr", "lossScale"];
  const values = names.filter((name) => typeof last[name] === "number")
    .map((name) => `${name} ${formatNumber(Number(last[name]))}`);
  const skipped = lines.reduce((sum, { skippedSteps }) => sum + Number(skippedSteps ?? 0), 0);
  if (skipped > 0) values.push(`${formatSteps(skipped)} left out`);
  const recent = [...lines.slice(-RECENT), ...ends];
  const seconds = PHASES.map((phase) => secondsIn(phase, recent));
  const total = seconds.reduce((a, b) => a + b);
  const shares = PHASES.map((phase, i) => `${phase} ${Math.round(100 * seconds[i]! / total)}%`);
  const { memoryBytes, peakMemoryBytes } = last;
  return [
    values.join(", "),
    ...(total > 0 ? [`time: ${shares.join(", ")}`] : []),
    ...(memoryBytes === undefined ? [] : [
      `memory ${formatBytes(Number(memoryBytes))}, at most ${formatBytes(Number(peakMemoryBytes))}`,
    ]),
  ];
}

function validationOf(validations: readonly MetricsRecord[]): string[] {
  const last = validations.at(-1);
  if (last === undefined) return [];
  const best = validations.reduce((a, b) => Number(b.loss) < Number(a.loss) ? b : a);
  const times = Object.entries(last).filter(([name]) => /^lossByTime\d+$/.test(name))
    .map(([, value]) => formatNumber(Number(value)));
  const words = [
    `validation at step ${formatCount(last.step)}: ${formatNumber(Number(last.loss))}`,
    ...(times.length === 0 ? [] : [`by time ${times.join(" ")}`]),
    `best ${formatNumber(Number(best.loss))} at step ${formatCount(best.step)}`,
  ];
  return ["", words.join(", ")];
}

function checkpointsOf({ checkpoints, state }: RunRecord): string {
  if (checkpoints.length === 0) return "no checkpoint yet";
  const steps = checkpoints.toReversed().map(formatCount).join(", ");
  if (state?.best === undefined) return `checkpoints: ${steps}`;
  const { step, metric, value } = state.best;
  return `checkpoints: ${steps}; best ${formatCount(step)}, ${metric} ${formatNumber(value)}`;
}

/** The newest samples, a line each. */
function samplesOf(record: RunRecord): string[] {
  const all = ofKind(record, "samples");
  const step = all.at(-1)?.step;
  return all.filter((each) => each.step === step).flatMap((samples) => {
    const way = formatSteps(Number(samples.numSteps)) +
      (samples.gamma === undefined ? "" : `, gamma ${samples.gamma}`);
    const texts = Object.entries(samples).filter(([name]) => /^text\d+$/.test(name))
      .map(([, text]) => `  ${String(text).replaceAll(/\s+/g, " ")}`);
    return ["", `samples of step ${formatCount(samples.step)} in ${way}`, ...texts];
  });
}

function cut(line: string, columns: number): string {
  const characters = [...line];
  return characters.length > columns ? characters.slice(0, columns).join("") : line;
}
