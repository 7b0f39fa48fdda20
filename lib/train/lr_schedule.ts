/**
 * The learning rate of every step.
 *
 * @module
 */

/** The shape of the schedule. */
export interface LrScheduleOptions {
  /** Learning rate after the warm-up. */
  readonly lr: number;
  /** Steps over which it rises linearly from 0. */
  readonly warmupSteps: number;
  /** Steps at the end over which it falls linearly to 0; none unless told. */
  readonly decaySteps?: number;
}

/**
 * `lr · min(1, step / warmupSteps)` (the reference's `constant_with_warmup`: the first rate is
 * 0), and over the last `decaySteps` of `numSteps` the line that would reach 0 at `numSteps`. Where
 * the time of the run is further than its steps, it falls by the time instead: over the same part
 * of the run, and to 0 at its end.
 *
 * @param step Steps taken before this one: 0 for the first.
 * @param numSteps Steps of the whole run.
 * @param timeShare Part of the run's time that has passed; 0 for a run that has no end in time.
 */
export function learningRate(
  step: number,
  numSteps: number,
  { lr, warmupSteps, decaySteps = 0 }: LrScheduleOptions,
  timeShare = 0,
): number {
  const rise = step < warmupSteps ? step / warmupSteps : 1;
  const left = Math.max(0, Math.min(numSteps - step, (1 - timeShare) * numSteps));
  const fall = decaySteps > 0 ? left / decaySteps : 1;
  return lr * Math.min(rise, fall);
}
