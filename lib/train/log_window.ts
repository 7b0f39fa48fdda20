/**
 * What was measured since the last line of metrics.
 *
 * @module
 */

import type { UnloggedSteps } from "./checkpoint_state.ts";
import type { StepMetrics } from "./trainer.ts";

/** Means over the steps of a line. */
export interface WindowMeans {
  /** Of the losses. */
  readonly loss: number;
  /** Of the norms of the gradients. */
  readonly gradNorm: number;
  /** Of the steps that this process did. */
  readonly stepsPerSecond: number;
}

/** The steps since the last line of metrics, and the time that they took. */
export class LogWindow {
  #sums: UnloggedSteps;
  /** Steps that were done here, in `#seconds`. */
  #timedSteps = 0;
  #seconds = 0;
  #since = performance.now();

  /** @param before Steps that another process did before it was stopped. */
  constructor(before?: UnloggedSteps) {
    this.#sums = before ?? { steps: 0, loss: 0, gradNorm: 0 };
  }

  /** Adds a step. */
  add({ loss, gradNorm }: Pick<StepMetrics, "loss" | "gradNorm">): void {
    const sums = this.#sums;
    this.#sums = {
      steps: sums.steps + 1,
      loss: sums.loss + loss,
      gradNorm: sums.gradNorm + gradNorm,
    };
    this.#timedSteps++;
  }

  /** From now on time passes with other things than steps. */
  stopClock(): void {
    this.#seconds += (performance.now() - this.#since) / 1000;
  }

  /** Now steps are done again. */
  startClock(): void {
    this.#since = performance.now();
  }

  /** The means over the steps so far, of which there must be one. */
  means(): WindowMeans {
    this.stopClock();
    this.startClock();
    const { steps, loss, gradNorm } = this.#sums;
    const stepsPerSecond = this.#timedSteps / this.#seconds;
    return { loss: loss / steps, gradNorm: gradNorm / steps, stepsPerSecond };
  }

  /** Begins the next line's. */
  clear(): void {
    this.#sums = { steps: 0, loss: 0, gradNorm: 0 };
    this.#timedSteps = this.#seconds = 0;
    this.startClock();
  }

  /** What a checkpoint keeps, so that the next line is the same if the run goes on from it. */
  get unlogged(): UnloggedSteps | undefined {
    const { steps, loss, gradNorm } = this.#sums;
    // JSON has no words for other numbers.
    const isFinite = Number.isFinite(loss) && Number.isFinite(gradNorm);
    return steps > 0 && isFinite ? this.#sums : undefined;
  }
}
