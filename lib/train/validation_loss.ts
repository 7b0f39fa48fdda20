/**
 * What validations of all objectives have in common.
 *
 * @module
 */

/**
 * What a validation measured, in nats per token.
 *
 * @example The loss of the times at which little noise is left
 * ```ts
 * import type { ValidationLoss } from "@flm/flm";
 *
 * const late = ({ byTime }: ValidationLoss) => byTime.at(-1) ?? NaN;
 * console.log(late({ loss: 1.2, standardError: 0.1, byTime: [2, 1.5, 1, 0.3], numSamples: 8 }));
 * ```
 */
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
