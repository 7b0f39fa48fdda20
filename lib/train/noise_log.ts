/**
 * The noise of gradients in the lines of metrics.
 *
 * @module
 */

import { type GradNoise, gradNoiseScale } from "./grad_noise.ts";
import type { MetricsRecord } from "./metrics.ts";
import { Smoothed } from "./smoothed.ts";

/** What a line says of the noise of gradients. */
export interface NoiseMetrics extends GradNoise {
  /** The noise scale in blocks, of the averages of both up to this line. */
  readonly gradNoiseScale: number;
  readonly [name: string]: number;
}

/**
 * Makes a noise scale of estimates, line by line: of averages over many steps, since a single step
 * hardly tells it (McCandlish et al. 2018, appendix A.1).
 */
export class NoiseLog {
  readonly #variance = new Smoothed();
  readonly #squares = new Smoothed();

  /** Takes a line of an earlier sitting, if it says something of the noise. */
  goOnFrom({ gradNoiseScale, gradVariance, gradSquares }: MetricsRecord): void {
    if (gradNoiseScale === undefined) return;
    this.add({ gradVariance: Number(gradVariance), gradSquares: Number(gradSquares) });
  }

  /** Adds the means of the steps of a line, and gives what it says. */
  add(means: GradNoise): NoiseMetrics {
    const averages = {
      gradVariance: this.#variance.add(means.gradVariance),
      gradSquares: this.#squares.add(means.gradSquares),
    };
    return { ...means, gradNoiseScale: gradNoiseScale(averages) };
  }
}
