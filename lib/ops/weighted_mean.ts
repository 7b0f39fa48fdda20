/**
 * The mean loss over the valid tokens of a batch that may come in parts.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { elementwise } from "./elementwise.ts";
import { sumInto } from "./sum.ts";
import type { Tape, Value } from "./tape.ts";

/**
 * `y[0] = Σ mask[m]·loss[m] / total`, summed in a fixed order.
 *
 * @param mask 1 for tokens that count and 0 for others, `f32`; null if all count.
 * @param total How many tokens count in the whole batch, so that the values and gradients of
 * its parts (micro-batches, ranks) add up to those of the mean.
 * @throws {GpuError} if `total` is not positive or the sizes differ.
 */
export function weightedMean(
  tape: Tape,
  loss: Value,
  mask: Tensor | null,
  total: number,
): Value {
  const { gpu } = tape;
  requireMean(loss.tensor.size, mask, total);
  const y = gpu.empty([1]);
  sumInto(gpu, [{ x: loss.tensor, ...(mask && { mask }) }], y, { scale: 1 / total });
  return tape.record(y, [loss], mask === null ? [] : [mask], (dy) => {
    loss.addGrad(gpu, (dx, accumulate) => meanGrad(gpu, { dy, dx, mask, total, accumulate }));
  });
}

/** What {@linkcode weightedMeanGrad} is about. */
export interface MeanOfLosses {
  /** How many losses there are. */
  count: number;
  /** As {@linkcode weightedMean} is given it. */
  mask: Tensor | null;
  /** Likewise. */
  total: number;
}

/**
 * The gradient that {@linkcode weightedMean} hands on to each of `count` losses, [count], before
 * there are any: `dy[0]·mask[m] / total`.
 *
 * @param dy The gradient of the mean: the first of the tensor.
 * @throws {GpuError} as {@linkcode weightedMean}.
 */
export function weightedMeanGrad(
  gpu: Gpu,
  { count, mask, total }: MeanOfLosses,
  dy: Tensor,
): Tensor {
  requireMean(count, mask, total);
  const dx = gpu.empty([count]);
  meanGrad(gpu, { dy, dx, mask, total, accumulate: false });
  return dx;
}

function requireMean(count: number, mask: Tensor | null, total: number): void {
  if (!(total > 0)) throw new GpuError(`A mean over ${total} tokens is not defined.`);
  if (mask !== null && mask.size !== count) {
    throw new GpuError(`A mask of ${mask.size} tokens does not fit ${count} losses.`);
  }
}

/** Writes `dx[m] (+)= dy[0]·mask[m] / total`. */
function meanGrad(
  gpu: Gpu,
  { dy, dx, mask, total, accumulate }: {
    dy: Tensor;
    dx: Tensor;
    mask: Tensor | null;
    total: number;
    accumulate: boolean;
  },
): void {
  const { constants, count, grid } = elementwise(gpu.kind, dx.size);
  gpu.run("weighted_mean_backward", {
    ...constants,
    MASK: Number(mask !== null),
    ACCUMULATE: Number(accumulate),
  }, {
    bind: { dy, dx, ...(mask && { mask }) },
    params: { count, scale: 1 / total },
    grid,
  });
}
