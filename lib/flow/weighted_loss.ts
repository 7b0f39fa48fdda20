/**
 * The learnable weighting as the losses of all models end with it.
 *
 * @module
 */

import type { Tensor } from "../gpu/tensor.ts";
import type { Denoiser } from "../model/denoiser.ts";
import { applyLossWeighting, lossWeightingGrad } from "../ops/loss_weighting.ts";
import type { Tape, Value } from "../ops/tape.ts";

/** What a {@linkcode weightedLoss} is made of. */
export interface WeightedLoss {
  /** The first time of each sample, [B]. */
  times: Tensor;
  /**
   * The gradient that the result will get, [B·L], if it is known by now; see ChunkedLossOptions.
   */
  lossGrads?: Tensor | undefined;
  /** Records the losses [B·L] without weights, whose gradient is `lossGrads` if that is known. */
  loss: (lossGrads: Tensor | undefined) => Value;
}

/**
 * The loss of every token, [B·L], with the model's learnable weighting w = w(t) of the sample if
 * it has one: `e^(−w)·loss + w`.
 */
export function weightedLoss(
  tape: Tape,
  model: Denoiser,
  { times, lossGrads, loss }: WeightedLoss,
): Value {
  const { gpu, config: { learnableLossWeighting, length } } = model;
  if (!learnableLossWeighting) return loss(lossGrads);
  using weight = model.lossWeighting(tape, times);
  using own = lossGrads && lossWeightingGrad(gpu, weight, lossGrads, length);
  using unweighted = loss(own);
  return applyLossWeighting(tape, unweighted, weight, length);
}
