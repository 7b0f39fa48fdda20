/**
 * What validations of all objectives have in common.
 *
 * @module
 */

/** What a validation measured, in nats per token. */
export interface ValidationLoss {
  /** Mean over the sequences of the means of their tokens. */
  loss: number;
  /** Standard error of the mean, from the means of the sequences; of a single one NaN. */
  standardError: number;
  /** Mean over the tokens of each quarter of the times: [0, ¼), …, [¾, 1]; empty for flow maps. */
  byTime: number[];
  /** Sequences measured. */
  numSamples: number;
}
