/**
 * A small report, as a card would give it.
 *
 * @module
 */

import type { CardReport } from "../../../bench/card/card_report.ts";
import type { Figure } from "../../../bench/card/events.ts";
import type { JobReport } from "../../../bench/card/jobs.ts";

/** A figure, in f32 of a product unless told. */
export function figure(given: Partial<Figure>): Figure {
  return {
    ...{ event: "figure", name: "cube", shape: "8x8x8", way: "f32 tile32x32", seconds: 0.002 },
    ...{ clock: "device", rate: 5e12, unit: "FLOP/s", flops: null, peak: "f32" },
    ...{ isChosen: false, note: null, ...given },
  };
}

/** A section that is done. */
export function job(given: Partial<JobReport>): JobReport {
  return {
    ...{ section: "products", backend: "builtin", state: "done", why: null },
    ...{ budget: 20, seconds: 10, events: [], ...given },
  };
}

/** What plain work reaches. */
export const PEAKS = job({
  section: "peaks",
  events: [
    figure({ name: "multiply and add", shape: "", way: "f32", rate: 20e12 }),
    figure({ name: "copy", shape: "", way: "by a kernel", rate: 2e12, unit: "B/s", peak: "copy" }),
  ],
});

/** A report of some sections. */
export function cardReport(jobs: readonly JobReport[]): CardReport {
  return {
    ...{ format: "flm-card-report", version: 1, date: "2026-01-02T03:04:05.000Z" },
    ...{ commit: "abc", budget: 420, seconds: 399.6 },
    machine: {
      ...{ flm: "0.1.0", deno: "2.9.6", system: "linux 6 x86_64", cores: 16, disk: null },
      ...{ memory: null, drivers: [], variables: { CUDA_VISIBLE_DEVICES: "0" } },
    },
    nvidia: {
      before: { name: "NVIDIA X", "clocks.sm": "345" },
      after: { name: "NVIDIA X", "clocks.sm": "1980" },
    },
    jobs,
  };
}
