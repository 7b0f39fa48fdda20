/**
 * The global norm of a model's gradients.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { ParameterStore } from "../model/parameters.ts";
import { finishSum, sumInto, sumSlabs } from "../ops/sum.ts";
import type { ParameterSlices } from "./parameter_slices.ts";

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
 * {@linkcode gradNorm} of gradients in slices, to the bit: each rank sums up the slabs of its own,
 * to which the others add zeros.
 */
export async function slicedGradNorm(
  { gpu, ranks, segments, numSlabs }: ParameterSlices,
): Promise<Tensor> {
  using slabs = gpu.zeros([numSlabs]);
  const terms = segments.map(({ grads, firstSlab }) => ({ x: grads, start: firstSlab }));
  sumSlabs(gpu, terms, slabs, { square: true });
  await ranks.reduce(gpu, [slabs]);
  const norm = gpu.empty([1]);
  finishSum(gpu, slabs, norm, { root: true });
  return norm;
}

/**
 * The sum of the squares of all gradients of a store, [1], in the same order. The caller releases
 * it.
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
