/**
 * The learnable weighting as the losses of all models end with it.
 *
 * @module
 */

import type { Tensor } from "../gpu/tensor.ts";
import type { Denoiser } from "../model/denoiser.ts";
import { applyLossWeighting } from "../ops/loss_weighting.ts";
import type { Tape, Value } from "../ops/tape.ts";

/**
 * The loss of every token, [B·L], with the model's learnable weighting w = w(t) of the sample if
 * it has one: `e^(−w)·loss + w`.
 *
 * @param loss Losses [B·L], whose ownership is taken over.
 * @param times The first time of each sample, [B].
 */
export function weightedLoss(tape: Tape, model: Denoiser, loss: Value, times: Tensor): Value {
  if (!model.config.learnableLossWeighting) return loss;
  using unweighted = loss;
  using weight = model.lossWeighting(tape, times);
  return applyLossWeighting(tape, unweighted, weight, model.config.length);
}
