/**
 * Measures a card: one section after another on either backend, within a time.
 *
 * @module
 */

import { formatNumber } from "../../lib/cli/format.ts";
import type { BackendName } from "../../lib/gpu/backend.ts";
import { VARIANT } from "./answers.ts";
import { budgetOf, type Job } from "./budget.ts";
import type { CardEvent, Figure } from "./events.ts";
import { type JobReport, type Known, runJob } from "./jobs.ts";

/** Operations a second that a product reaches where nothing has been measured. */
const UNKNOWN_FLOPS = 1e9;
/** The part of plain arithmetic that a product reaches, before one was measured. */
const PRODUCT_SHARE = 0.2;
/** The part of a card's free memory that is used. */
const MEMORY_SHARE = 0.85;

/** What is measured, and for how long. */
export interface MeasureOptions {
  readonly jobs: readonly Job[];
  /** Seconds for all of it. */
  readonly seconds: number;
  /** Free memory of the card in bytes, if it is known. */
  readonly memoryBytes: number | null;
  /** Takes a line for the person who waits. */
  readonly log: (line: string) => void;
  /** Called after every job with all that there are, so that nothing is lost. */
  readonly onJob: (reports: readonly JobReport[]) => Promise<void>;
  /** Runs a job; another one in tests. */
  readonly run?: typeof runJob;
}

/** Measures. */
export async function measureCard(options: MeasureOptions): Promise<JobReport[]> {
  const { jobs, seconds, memoryBytes, log, onJob, run = runJob } = options;
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  const reports: JobReport[] = [];
  for (const [i, job] of jobs.entries()) {
    const { section, backend } = job;
    // What cannot be measured leaves its time to the others.
    const rest = jobs.slice(i).filter(({ backend }) => !isMissing(backend, reports));
    const budget = budgetOf([job, ...rest.filter((other) => other !== job)], seconds - elapsed());
    const why = reasonNot(job, budget.atMost, reports);
    const head = `[${Math.round(elapsed())} s] ${section}, ${backend}`;
    if (why !== null) {
      log(`${head}: left out, ${why}`);
      reports.push({ ...job, state: "left out", why, budget: 0, seconds: 0, events: [] });
      continue;
    }
    log(`${head}, at most ${Math.round(budget.atMost)} s`);
    const known = knownOf(backend, reports, memoryBytes);
    let lastWhy: string | undefined;
    const report = await run(job, budget, known, (event) => {
      // What has no time left says so once.
      const why = event.event === "skip" ? event.why : undefined;
      const line = why !== undefined && why === lastWhy ? null : describeEvent(event);
      if (event.event !== "begin") lastWhy = why;
      if (line !== null) log(`  ${line}`);
    });
    if (report.why !== null) log(`  ${report.why.split("\n").at(-1)}`);
    reports.push(report);
    await onJob(reports);
  }
  return reports;
}

/** Why a job is not begun; null if it is. */
function reasonNot({ backend }: Job, atMost: number, reports: readonly JobReport[]): string | null {
  if (isMissing(backend, reports)) return `${backend} could not begin, see its first section`;
  return atMost < 1 ? "no time was left" : null;
}

/** Whether the first that was tried by a backend could not begin. */
function isMissing(backend: BackendName, reports: readonly JobReport[]): boolean {
  return reports.find((report) => report.backend === backend)?.state === "failed";
}

/** What is known by now of a backend. */
export function knownOf(
  backend: BackendName,
  reports: readonly JobReport[],
  memoryBytes: number | null,
): Known {
  const own = reports.filter((report) => report.backend === backend);
  const events = own.flatMap(({ events }) => events);
  const best = (section: string, name?: string) =>
    own.filter((report) => report.section === section)
      .flatMap(({ events }) => events)
      .filter((event): event is Figure => event.event === "figure")
      .filter((figure) => figure.peak === "f32" && (name === undefined || figure.name === name))
      .reduce((most, { rate }) => Math.max(most, rate), 0);
  const flops = best("products") || PRODUCT_SHARE * best("peaks", "multiply and add");
  const refused = events.flatMap((event) =>
    event.event === "answer" && !event.isRight && event.name.startsWith(VARIANT)
      ? [event.name.slice(VARIANT.length)]
      : []
  );
  return {
    flops: flops > 0 ? flops : UNKNOWN_FLOPS,
    refused,
    memoryBytes: memoryBytes === null ? null : MEMORY_SHARE * memoryBytes,
  };
}

/** A line of what happens; null for what needs none. */
export function describeEvent(event: CardEvent): string | null {
  switch (event.event) {
    case "figure":
      return `${event.name} ${event.shape} ${event.way}: ${formatRateOf(event)}`;
    case "answer":
      return event.isRight ? null : `WRONG: ${event.name} (error ${event.error})`;
    case "skip":
      return `${event.item}: left out, ${event.why}`;
    case "fault":
      return `${event.item}: FAILED, ${event.message.split("\n")[0]}`;
    case "losses":
      return `${event.name} ${event.way}: loss ${formatNumber(event.first)} → ` +
        `${formatNumber(event.last)} in ${event.steps} steps`;
    case "tests":
      return `${event.file}: ${event.passed} passed, ${event.failed} failed`;
    case "adapter":
      return event.report.adapter?.description ?? null;
    case "begin":
    case "profile":
      return null;
  }
}

/** A rate with its unit, in the size that suits it. */
export function formatRateOf({ rate, unit }: Pick<Figure, "rate" | "unit">): string {
  if (unit === "tokens/s" || unit === "texts/s") return `${formatNumber(rate)} ${unit}`;
  const [size, name] = rate >= 1e12 ? [1e12, "T"] : [1e9, "G"];
  return `${formatNumber(rate / size)} ${name}${unit}`;
}
