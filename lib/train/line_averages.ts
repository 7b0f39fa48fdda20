/**
 * What lines of metrics say of more than their own steps.
 *
 * @module
 */

import type { MetricsRecord } from "./metrics.ts";
import { NoiseLog } from "./noise_log.ts";
import { Smoothed } from "./smoothed.ts";

/** The moving averages of a run's lines, those of earlier sittings included. */
export class LineAverages {
  /** Of the losses. */
  readonly losses = new Smoothed();
  /** Of what is measured of the noise of gradients. */
  readonly noise = new NoiseLog();
  readonly #logEvery: number;

  /** @param logEvery Steps of a line. */
  constructor(logEvery: number) {
    this.#logEvery = logEvery;
  }

  /** Takes a record of an earlier sitting, if it is a line that the run would have had anyway. */
  goOnFrom(record: MetricsRecord): void {
    // Where a run is made longer, what its end told is told again by the next line.
    if (record.kind !== "train" || record.step % this.#logEvery !== 0) return;
    this.losses.add(Number(record.loss));
    this.noise.goOnFrom(record);
  }
}
