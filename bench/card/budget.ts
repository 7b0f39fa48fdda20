/**
 * How the time of a report is shared out.
 *
 * @module
 */

import { type BackendName, BACKENDS } from "../../lib/gpu/backend.ts";
import { SECTION_NAMES, type SectionName, SECTIONS } from "./sections.ts";

/** A section on a backend. */
export interface Job {
  readonly section: SectionName;
  readonly backend: BackendName;
}

/** Seconds over its time after which a job is ended. */
const PATIENCE = 10;

/** The jobs, section by section, each by all backends. */
export function jobsOf(
  sections: readonly SectionName[] = SECTION_NAMES,
  backends: readonly BackendName[] = BACKENDS,
): Job[] {
  return sections.flatMap((section) => backends.map((backend) => ({ section, backend })));
}

/** What a job may take. */
export interface Budget {
  /** Seconds that it is told. */
  readonly seconds: number;
  /** Seconds after which it is ended. */
  readonly atMost: number;
}

/**
 * The time of the first of the jobs that are left: its weight's part of what is left, so that what
 * one does not need is the others'.
 *
 * @param left Seconds that are left for all of them.
 */
export function budgetOf(jobs: readonly Job[], left: number): Budget {
  const weight = ({ section }: Job) => SECTIONS[section].weight;
  const all = jobs.reduce((sum, job) => sum + weight(job), 0);
  const seconds = Math.max(0, left * weight(jobs[0]!) / all);
  return { seconds, atMost: Math.max(0, Math.min(left, seconds + PATIENCE)) };
}
