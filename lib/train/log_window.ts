/**
 * What was measured since the last line of metrics.
 *
 * @module
 */

import type { UnloggedNoise, UnloggedSteps } from "../checkpoint/state.ts";
import type { GradNoise } from "./grad_noise.ts";
import { isSound, type StepMetrics } from "./trainer.ts";

const NOTHING: UnloggedSteps = { steps: 0, loss: 0, gradNorm: 0, skippedSteps: 0 };
const NO_NOISE: UnloggedNoise = { steps: 0, gradVariance: 0, gradSquares: 0 };

/** What a line says of its steps. */
export interface WindowMeans {
  /** Mean of the finite losses; NaN if there were none. */
  readonly loss: number;
  /** Mean of the norms of the gradients of these steps. */
  readonly gradNorm: number;
  /** Steps that were left out, since their gradient was not finite. */
  readonly skippedSteps: number;
  /** Means of what was measured of the noise of gradients, if it was. */
  readonly gradNoise?: GradNoise;
  /** Of the steps that this process did, without the first ones if there are others. */
  readonly stepsPerSecond: number;
}

/** The steps since the last line of metrics, and the time that they took. */
export class LogWindow {
  #sums: UnloggedSteps;
  /** Steps that were done here, in `#seconds`. */
  #timedSteps = 0;
  #seconds = 0;
  readonly #now: () => number;
  #since: number;
  /** The speed while kernels were compiled; null before they are. */
  #startingSpeed: number | null = null;

  /**
   * @param before Steps that another process did before it was stopped.
   * @param now The time in milliseconds.
   */
  constructor(before?: UnloggedSteps, now: () => number = () => performance.now()) {
    this.#sums = before ?? NOTHING;
    this.#now = now;
    this.#since = now();
  }

  /** Adds a step. */
  add(
    { loss, gradNorm, skipped, gradNoise }: Pick<
      StepMetrics,
      "loss" | "gradNorm" | "skipped" | "gradNoise"
    >,
  ): void {
    this.#timedSteps++;
    const sums = this.#sums;
    if (skipped) this.#sums = { ...sums, skippedSteps: sums.skippedSteps + 1 };
    else if (isSound({ loss, gradNorm })) {
      this.#sums = {
        ...sums,
        steps: sums.steps + 1,
        loss: sums.loss + loss,
        gradNorm: sums.gradNorm + gradNorm,
        ...(gradNoise !== undefined && { gradNoise: addNoise(sums.gradNoise, gradNoise) }),
      };
    }
  }

  /** The first steps were also spent on compiling: they have a speed of their own. Heeded once. */
  start(): void {
    if (this.#startingSpeed !== null) return;
    this.stopClock();
    this.#startingSpeed = this.#timedSteps / this.#seconds;
    this.#timedSteps = this.#seconds = 0;
    this.startClock();
  }

  /** From now on time passes with other things than steps. */
  stopClock(): void {
    this.#seconds += (this.#now() - this.#since) / 1000;
  }

  /** Now steps are done again. */
  startClock(): void {
    this.#since = this.#now();
  }

  /** The means over the steps so far, of which there must be one. */
  means(): WindowMeans {
    this.stopClock();
    this.startClock();
    const { steps, loss, gradNorm, skippedSteps, gradNoise } = this.#sums;
    const stepsPerSecond = this.#timedSteps === 0 && this.#startingSpeed !== null
      ? this.#startingSpeed
      : this.#timedSteps / this.#seconds;
    return {
      ...{ loss: loss / steps, gradNorm: gradNorm / steps, skippedSteps, stepsPerSecond },
      ...(gradNoise !== undefined && {
        gradNoise: {
          gradVariance: gradNoise.gradVariance / gradNoise.steps,
          gradSquares: gradNoise.gradSquares / gradNoise.steps,
        },
      }),
    };
  }

  /** Begins the next line's. */
  clear(): void {
    this.#sums = NOTHING;
    this.#timedSteps = this.#seconds = 0;
    this.startClock();
  }

  /** What a checkpoint keeps, so that the next line is the same if the run goes on from it. */
  get unlogged(): UnloggedSteps | undefined {
    const { steps, skippedSteps } = this.#sums;
    return steps + skippedSteps > 0 ? this.#sums : undefined;
  }
}

function addNoise(
  { steps, gradVariance, gradSquares }: UnloggedNoise = NO_NOISE,
  more: GradNoise,
): UnloggedNoise {
  return {
    steps: steps + 1,
    gradVariance: gradVariance + more.gradVariance,
    gradSquares: gradSquares + more.gradSquares,
  };
}
