/**
 * What is measured of the texts that a model writes.
 *
 * @module
 */

/** Texts that a model has written in one way, at least one. */
export interface MeasuredSamples {
  /** The texts. */
  readonly texts: readonly string[];
  /** Their tokens. */
  readonly tokens: readonly ArrayLike<number>[];
  /** Tokens in a text, L. */
  readonly length: number;
}

/** A number that tells how good samples are. */
export interface SampleMetric {
  /** As files and bounds name it, such as `uniqueTokens`. */
  readonly name: string;
  /** As the heads of tables have it. */
  readonly head: string;
  /** What a plot of it shows. */
  readonly title: string;
  /** What the axis of a plot says. */
  readonly axis: string;
  /** The largest value that there can be; none unless given. */
  readonly most?: number;
  /** Whether it is a part of a whole, which is shown in percent. */
  readonly isPart?: boolean;
  /** The number. */
  measure(samples: MeasuredSamples): number;
}
