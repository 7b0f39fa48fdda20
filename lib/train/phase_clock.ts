/**
 * What the time of a run goes into.
 *
 * @module
 */

import type { MetricsRecord } from "./metrics.ts";

/**
 * What a run does: wait for batches, record commands, wait for the device, validate, write
 * checkpoints.
 */
export type Phase = "data" | "host" | "device" | "validation" | "writing";

/** All of these, in the order in which they come. */
export const PHASES: readonly Phase[] = ["data", "host", "device", "validation", "writing"];

const NOTHING: Readonly<Record<Phase, number>> = {
  data: 0,
  host: 0,
  device: 0,
  validation: 0,
  writing: 0,
};

/** The seconds of a phase that records of metrics tell of. */
export function secondsIn(phase: Phase, records: readonly MetricsRecord[]): number {
  return records.map((record) => Number(record[`${phase}Seconds`] ?? 0)).reduce((a, b) => a + b, 0);
}

/** Adds up seconds by phase. */
export class PhaseClock {
  readonly #now: () => number;
  #seconds = { ...NOTHING };

  /** @param now The time in milliseconds; a clock that never goes back unless given. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Does some work and counts its time to a phase. */
  async spend<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
    const since = this.#now();
    try {
      return await work();
    } finally {
      this.#seconds[phase] += (this.#now() - since) / 1000;
    }
  }

  /** Counts the seconds of a record once more, which is told no longer. */
  goOnFrom(record: MetricsRecord): void {
    for (const phase of PHASES) this.#seconds[phase] += secondsIn(phase, [record]);
  }

  /** The seconds since the last call, as metrics call them: `dataSeconds` and so on. */
  take(): Record<`${Phase}Seconds`, number> {
    const taken = Object.entries(this.#seconds).map(([phase, value]) => [`${phase}Seconds`, value]);
    this.#seconds = { ...NOTHING };
    return Object.fromEntries(taken);
  }
}
