/**
 * Decides when the host should wait for the device.
 *
 * @module
 */

/**
 * Waiting after every step would stall the device, never waiting would leave progress,
 * signals and memory hours behind. A pacer measures the steps between two waits and asks for
 * the next wait after about `seconds` of the device's work.
 */
export class Pacer {
  readonly #seconds: number;
  readonly #now: () => number;
  #ahead = 1;
  #recorded = 0;
  #waitedAt: number;

  /**
   * Asks for a wait after the first step.
   *
   * @param seconds Work that may be queued on the device.
   * @param now The time in milliseconds; a clock that never goes back by default.
   */
  constructor(seconds: number, now: () => number = () => performance.now()) {
    this.#seconds = seconds;
    this.#now = now;
    this.#waitedAt = now();
  }

  /** Counts a recorded step; true when it is time to wait. */
  record(): boolean {
    return ++this.#recorded >= this.#ahead;
  }

  /** Steps recorded since the last wait. */
  get recorded(): number {
    return this.#recorded;
  }

  /** Seconds that each step since the last wait took. */
  get secondsPerStep(): number {
    return (this.#now() - this.#waitedAt) / 1000 / Math.max(1, this.#recorded);
  }

  /**
   * To be called after a wait.
   *
   * @param secondsPerStep What a step takes: {@linkcode secondsPerStep} unless told. Processes that
   * agree about it ask for their next wait after the same step.
   */
  waited(secondsPerStep: number = this.secondsPerStep): void {
    this.#ahead = Math.max(1, Math.floor(this.#seconds / secondsPerStep));
    this.restart();
  }

  /** To be called after time spent on other things than steps. */
  restart(): void {
    this.#recorded = 0;
    this.#waitedAt = this.#now();
  }
}
