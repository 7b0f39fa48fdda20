/**
 * The global norm of a model's gradients.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { ParameterStore } from "../model/parameters.ts";
import { sumInto } from "../ops/sum.ts";

/**
 * The L2 norm of all gradients of a store, [1], summed in a fixed order
 * (`torch.nn.utils.clip_grad_norm_` returns it). The caller releases it.
 *
 * @throws {GpuError} if the store keeps no gradients.
 */
export function gradNorm(gpu: Gpu, store: ParameterStore): Tensor {
  return sumOfSquares(gpu, store, true);
}

/**
 * The sum of the squares of all gradients of a store, [1], in the same order. The caller releases it.
 *
 * @throws {GpuError} if the store keeps no gradients.
 */
export function gradSquares(gpu: Gpu, store: ParameterStore): Tensor {
  return sumOfSquares(gpu, store, false);
}

function sumOfSquares(gpu: Gpu, store: ParameterStore, root: boolean): Tensor {
  const terms = store.segments.map(({ grads }) => {
    if (grads === undefined) throw new GpuError("Parameters without gradients have no norm.");
    return { x: grads };
  });
  const sum = gpu.empty([1]);
  sumInto(gpu, terms, sum, { square: true, root });
  return sum;
}
