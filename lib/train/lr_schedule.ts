/**
 * The learning rate of every step.
 *
 * @module
 */

import type { OptimConfig } from "../config/config.ts";

/** A schedule of the learning rate. */
export interface LrScheduleOptions {
  /**
   * Its shape after the warm-up: `constant`; `wsd` (warm-up, stable, decay; so unless told),
   * constant and over the last steps a straight line; from the warm-up's end to the run's a
   * straight line (`linear`) or half a wave (`cosine`).
   */
  readonly schedule?: OptimConfig["schedule"];
  /** Learning rate after the warm-up. */
  readonly lr: number;
  /** Learning rate at the end of a schedule that falls, and no less before; 0 unless told. */
  readonly minLr?: number;
  /** Steps over which it rises linearly from 0. */
  readonly warmupSteps: number;
  /** Steps at the end over which `wsd` falls; none unless told. */
  readonly decaySteps?: number;
}

/**
 * `lr · step / warmupSteps` during the warm-up (the reference's `constant_with_warmup`: the first
 * rate is 0). After it what the schedule says: with x the part of its fall that is still to come,
 * from 1 to 0, `minLr + (lr - minLr) · x`, and for `cosine`
 * `minLr + (lr - minLr) · (1 - cos πx) / 2`. Where the time of the run is further than its steps,
 * it falls by the time instead: over the same part of the run, and to its end at the run's.
 *
 * @param step Steps taken before this one: 0 for the first.
 * @param numSteps Steps of the whole run.
 * @param timeShare Part of the run's time that has passed; 0 for a run that has no end in time.
 */
export function learningRate(
  step: number,
  numSteps: number,
  options: LrScheduleOptions,
  timeShare = 0,
): number {
  const { schedule = "wsd", lr, minLr = 0, warmupSteps } = options;
  const rise = step < warmupSteps ? step / warmupSteps : 1;
  const left = Math.max(0, Math.min(numSteps - step, (1 - timeShare) * numSteps));
  const fallSteps = stepsOfFall(numSteps, options);
  const toCome = fallSteps > 0 ? Math.min(1, left / fallSteps) : 1;
  const level = schedule === "cosine" ? (1 - Math.cos(Math.PI * toCome)) / 2 : toCome;
  return Math.min(lr * rise, minLr + (lr - minLr) * level);
}

/** Steps at the end of a run over which its learning rate falls. */
function stepsOfFall(
  numSteps: number,
  { schedule = "wsd", warmupSteps, decaySteps = 0 }: LrScheduleOptions,
): number {
  if (schedule === "constant") return 0;
  return schedule === "wsd" ? decaySteps : Math.max(0, numSteps - warmupSteps);
}
