/**
 * The report of a card: report.json.
 *
 * @module
 */

import type { Machine } from "../../tasks/doctor/report.ts";
import type { JobReport } from "./jobs.ts";

/** The form of the report; another number is another form. */
export const REPORT_VERSION = 1;

/** What NVIDIA's driver says of a card, by the names of its queries. */
export type NvidiaState = Readonly<Record<string, string>>;

/** Everything that was found. */
export interface CardReport {
  readonly format: "flm-card-report";
  readonly version: number;
  /** When it was begun, UTC. */
  readonly date: string;
  /** The commit of the sources, or "unknown". */
  readonly commit: string;
  /** The seconds that it was given, and that it took. */
  readonly budget: number;
  readonly seconds: number;
  readonly machine: Machine;
  /** The card before and after; null if there is no nvidia-smi. */
  readonly nvidia: { readonly before: NvidiaState; readonly after: NvidiaState | null } | null;
  /** The sections by backend, in the order in which they were measured. */
  readonly jobs: readonly JobReport[];
}
