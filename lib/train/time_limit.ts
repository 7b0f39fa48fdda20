/**
 * The time that a run may take, over all of its sittings.
 *
 * @module
 */

import type { TrainConfig } from "../config/config.ts";
import { ONE_RANK, type Ranks } from "./ranks.ts";

/** How far a run is: what a checkpoint says of it. */
export interface RunLength {
  /** Steps done. */
  readonly step: number;
  /** Seconds of work that they took; nobody counts them unless the run ends in time. */
  readonly seconds?: number | undefined;
}

/** Whether a run has done all its steps, or has worked as long as it may. */
export function isTrained(
  { step, seconds = 0 }: RunLength,
  { numSteps, minutes }: Pick<TrainConfig, "numSteps" | "minutes">,
): boolean {
  return step >= numSteps || (minutes !== null && seconds >= 60 * minutes);
}

/**
 * How far a run with an end in time is.
 *
 * @example Show the time that is left
 * ```ts
 * import type { RunHooks } from "@flm/flm";
 *
 * const hooks: RunHooks = {
 *   onSteps: ({ step }, _skipped, time) =>
 *     console.log(step, time === null ? "" : `${time.limit - time.seconds} s left`),
 * };
 * console.log(Object.keys(hooks));
 * ```
 */
export interface TimePassed {
  /** Seconds of work so far. */
  readonly seconds: number;
  /** Seconds of work after which it ends. */
  readonly limit: number;
}

/** What a {@linkcode TimeLimit} is made of. */
export interface TimeLimitOptions {
  /** Minutes of work in all; null for no end. */
  readonly minutes: number | null;
  /** Seconds of work in earlier sittings, if they were counted. */
  readonly before?: number | undefined;
  /** The processes that train together: they end at the same step. This one alone unless given. */
  readonly ranks?: Ranks | undefined;
  /** The time in milliseconds; a clock that never goes back by default. */
  readonly now?: (() => number) | undefined;
}

/**
 * Counts the work of a run. What it says stays the same from one {@linkcode TimeLimit.read} to the
 * next, and is the same in all processes.
 */
export class TimeLimit {
  readonly #limit: number | null;
  readonly #isCounted: boolean;
  readonly #before: number;
  readonly #ranks: Ranks;
  readonly #now: () => number;
  #since: number | null = null;
  #seconds: number;

  /** The clock stands until it is started. */
  constructor({ minutes, before, ranks = ONE_RANK, now }: TimeLimitOptions) {
    this.#limit = minutes === null ? null : 60 * minutes;
    this.#isCounted = minutes !== null || before !== undefined;
    this.#before = this.#seconds = before ?? 0;
    this.#ranks = ranks;
    this.#now = now ?? (() => performance.now());
  }

  /** From now on there is work, if there was none yet. */
  start(): void {
    this.#since ??= this.#now();
  }

  /** Looks at the clock; every process must do so after the same step. */
  async read(): Promise<void> {
    if (!this.#isCounted || this.#since === null) return;
    const own = this.#before + (this.#now() - this.#since) / 1000;
    this.#seconds = await this.#ranks.sum(own) / this.#ranks.numRanks;
  }

  /** Seconds of work, of all sittings; undefined if they are not counted. */
  get seconds(): number | undefined {
    return this.#isCounted ? this.#seconds : undefined;
  }

  /** How far the run is; null if it has no end in time. */
  get passed(): TimePassed | null {
    return this.#limit === null ? null : { seconds: this.#seconds, limit: this.#limit };
  }

  /** Part of the time that has passed, up to 1; 0 if the run has no end in time. */
  get share(): number {
    return this.#limit === null ? 0 : Math.min(1, this.#seconds / this.#limit);
  }
}
