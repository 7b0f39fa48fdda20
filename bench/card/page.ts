/**
 * The report of a card for people: report.md.
 *
 * @module
 */

import { formatBytes, formatCount, formatNumber } from "../../lib/cli/format.ts";
import type { BackendName } from "../../lib/gpu/backend.ts";
import { visibleText } from "../../lib/system/visible.ts";
import { markdownTable } from "../../tasks/figures/text_table.ts";
import type { BackendReport } from "../../tasks/doctor/report.ts";
import type { CardReport } from "./card_report.ts";
import type { CardEvent, Figure, PeakName } from "./events.ts";
import type { JobReport } from "./jobs.ts";
import { formatRateOf } from "./measure_card.ts";
import { SECTION_NAMES, type SectionName, SECTIONS } from "./sections.ts";

/** An event of a kind. */
type EventOf<Kind extends CardEvent["event"]> = Extract<CardEvent, { event: Kind }>;

/** Steps of a training after which its loss is lower than at first, whatever is drawn. */
const ENOUGH_STEPS = 100;

/** The page. */
export function cardPage(report: CardReport): string {
  const sections = SECTION_NAMES.flatMap((name) => {
    const jobs = report.jobs.filter(({ section }) => section === name);
    return jobs.length === 0 ? [] : [sectionPart(name, jobs, peaksOf(report.jobs))];
  });
  return `${[headPart(report), ...sections].join("\n\n")}\n`;
}

/** The highest of each kind that plain work has reached by a backend. */
export type Peaks = Readonly<Record<BackendName, Partial<Record<PeakName, number>>>>;

/** Looks for the peaks. */
export function peaksOf(jobs: readonly JobReport[]): Peaks {
  const peaks: Record<BackendName, Partial<Record<PeakName, number>>> = { builtin: {}, dawn: {} };
  for (const { section, backend, events } of jobs) {
    if (section !== "peaks") continue;
    for (const { peak, rate } of eventsOf(events, "figure")) {
      if (peak !== null) peaks[backend][peak] = Math.max(rate, peaks[backend][peak] ?? 0);
    }
  }
  return peaks;
}

function eventsOf<Kind extends CardEvent["event"]>(
  events: readonly CardEvent[],
  kind: Kind,
): EventOf<Kind>[] {
  return events.filter((event): event is EventOf<Kind> => event.event === kind);
}

function headPart(report: CardReport): string {
  const { date, commit, budget, seconds, machine, nvidia, jobs } = report;
  const { flm, deno, system, cores, memory, drivers, variables } = machine;
  const rows = [
    ["flm", `${flm}, commit ${commit}, on Deno ${deno}`],
    ["measured", `${date}, ${Math.round(seconds)} s of ${Math.round(budget)} s`],
    ["system", `${system}, ${cores} cores`],
    ["memory", memory === null ? "unknown" : `${formatBytes(memory.total)}`],
    ...(drivers ?? []).map(({ file, library, version }) => [
      "Vulkan driver",
      `${file} (${version}), ${library ?? "its library was not found"}`,
    ]),
    ...Object.entries(variables).map(([name, value]) => [name, value]),
    ...nvidiaRows(nvidia),
    ...jobs.flatMap(({ events }) => eventsOf(events, "adapter")).flatMap(({ report }) =>
      adapterRows(report)
    ),
  ];
  const table = markdownTable(
    { head: ["", ""], rows: rows.map((row) => row.map(visibleText)) },
    "left",
  );
  return `# Figures of a card\n\n${table.trimEnd()}`;
}

function nvidiaRows(nvidia: CardReport["nvidia"]): string[][] {
  if (nvidia === null) return [];
  const { before, after } = nvidia;
  return Object.entries(before).map(([name, value]) => {
    const later = after?.[name];
    return [name, later === undefined || later === value ? value : `${value}, ${later} at the end`];
  });
}

function adapterRows({ name, adapter, fault }: BackendReport): string[][] {
  if (adapter === null) return [[name, fault ?? "no adapter"]];
  const { description, info, features, limits } = adapter;
  const pairs = (values: Readonly<Record<string, string | number>>) =>
    Object.entries(values).map(([key, value]) => `${key} ${value}`).join(", ");
  return [
    [name, description],
    [`${name}, info`, pairs(info)],
    [`${name}, features`, features.join(", ")],
    [`${name}, limits`, pairs(limits)],
  ];
}

function sectionPart(name: SectionName, jobs: readonly JobReport[], peaks: Peaks): string {
  const parts = [`## ${SECTIONS[name].title}`];
  const answers = jobs.flatMap((job) =>
    eventsOf(job.events, "answer").map((each) => ({ job, each }))
  );
  if (answers.length > 0) parts.push(answersPart(answers));
  const figures = jobs.flatMap((job) =>
    eventsOf(job.events, "figure").map((each) => ({ job, each }))
  );
  if (figures.length > 0) parts.push(figuresTable(figures, peaks));
  for (const job of jobs) parts.push(...otherParts(job));
  parts.push(jobs.flatMap(remarks).map((line) => `- ${line}`).join("\n"));
  return parts.filter(Boolean).join("\n\n");
}

function answersPart(answers: readonly { job: JobReport; each: EventOf<"answer"> }[]): string {
  const rows = answers.map(({ job, each: { name, error, isRight } }) => [
    name,
    job.backend,
    isRight ? "right" : "**wrong**",
    error === null ? "no number" : error.toExponential(1),
  ]);
  return markdownTable({ head: ["asked for", "backend", "answer", "error"], rows }, "left")
    .trimEnd();
}

/** Figures with what is done in a row, and the backends in columns. */
function figuresTable(
  figures: readonly { job: JobReport; each: Figure }[],
  peaks: Peaks,
): string {
  const rows = figures.map(({ job: { backend }, each }) => {
    const { name, shape, way, seconds, clock, flops, note, isChosen, unit } = each;
    const notes = [note, flops === null ? null : formatRateOf({ rate: flops, unit: "FLOP/s" })];
    return [
      `${name}${shape === "" ? "" : ` ${shape}`}`,
      `${way}${isChosen && unit === "FLOP/s" ? " (chosen)" : ""}`,
      backend,
      formatRateOf(each),
      `${formatNumber(seconds * 1e3)} ms${clock === "device" ? "" : " *"}`,
      shareOf(each, peaks[backend]),
      visibleText(notes.filter((each) => each !== null).join(", ")),
    ];
  });
  const head = ["what", "way", "backend", "rate", "time", "of the peak", ""];
  const anyHost = figures.some(({ each }) => each.clock === "host");
  const foot = anyHost ? "\n\\* by the host's clock; else by timestamps of the device" : "";
  return `${markdownTable({ head, rows }).trimEnd()}${foot === "" ? "" : `\n${foot}`}`;
}

/** The part of the peak that a figure reaches, with the peak's name. */
export function shareOf(
  { rate, unit, flops, peak }: Pick<Figure, "rate" | "unit" | "flops" | "peak">,
  peaks: Partial<Record<PeakName, number>>,
): string {
  const most = peak === null ? undefined : peaks[peak];
  const reached = unit === "FLOP/s" || unit === "B/s" ? rate : flops;
  if (most === undefined || reached === null) return "";
  return `${(100 * reached / most).toPrecision(3)} % (${peak})`;
}

/** What has a table of its own. */
function otherParts({ backend, events }: JobReport): string[] {
  const losses = eventsOf(events, "losses").map(({ name, way, steps, first, last, seconds }) =>
    `- ${name}, ${way}, ${backend}: loss ${formatNumber(first)} → ${
      formatNumber(last)
    } nats a token ` +
    `in ${steps} steps, ${formatNumber(seconds)} s${
      steps < ENOUGH_STEPS || last < first ? "" : ": **it did not fall**"
    }`
  ).join("\n");
  const profiles = eventsOf(events, "profile").map(({ name, way, rows }) =>
    `Kernels of a step of ${name}, ${way}, ${backend}:\n\n` + markdownTable({
      head: ["kernel", "share", "calls", "ms", "GFLOP/s", "GB/s"],
      rows: rows.map(({ kernel, share, calls, seconds, flops, bytes }) => [
        kernel,
        `${(100 * share).toFixed(1)} %`,
        `${calls}`,
        formatNumber(seconds * 1e3),
        flops > 0 ? formatNumber(flops * 1e-9) : "",
        formatNumber(bytes * 1e-9),
      ]),
    }).trimEnd()
  );
  return [losses, ...profiles, testsPart(backend, eventsOf(events, "tests"))].filter(Boolean);
}

function testsPart(backend: BackendName, files: readonly EventOf<"tests">[]): string {
  if (files.length === 0) return "";
  const sum = (of: "passed" | "failed") =>
    formatCount(files.reduce((sum, file) => sum + file[of], 0));
  const failures = files.flatMap(({ file, failures }) =>
    failures.map((name) => `- ${file}: ${visibleText(name)}`)
  );
  const head = `${backend}: ${sum("passed")} passed, ${
    sum("failed")
  } failed, in ${files.length} file${files.length === 1 ? "" : "s"}`;
  return [head, ...failures.length === 0 ? [] : ["", ...failures]].join("\n");
}

/** What was left out, what failed, and why. */
function remarks({ backend, state, why, events }: JobReport): string[] {
  const leftOut = Map.groupBy(eventsOf(events, "skip"), ({ why }) => why);
  return [
    ...[...leftOut].map(([why, skips]) =>
      `${backend}: left out, ${oneLine(why)}: ${skips.map(({ item }) => item).join("; ")}`
    ),
    ...eventsOf(events, "fault").map(({ item, message }) =>
      `${backend}, ${item}: **failed**, ${oneLine(message)}`
    ),
    ...state === "done" ? [] : [`${backend}: ${state}, ${oneLine(why ?? "")}`],
  ];
}

function oneLine(text: string): string {
  return visibleText(text.replaceAll(/\s+/g, " ").trim());
}
