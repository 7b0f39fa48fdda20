/**
 * Numbers as another type: f32 rounded to f16, and back.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { DType, Tensor } from "../gpu/tensor.ts";
import { scaleInto } from "./scale.ts";

/** `y = x`, in the element type of y. */
export function castInto(gpu: Gpu, x: Tensor, y: Tensor): void {
  scaleInto(gpu, x, y, 1, false);
}

/**
 * The numbers of `x` as type `dtype`: a new tensor, or `x` itself with one more owner if it is of
 * that type.
 */
export function cast(gpu: Gpu, x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return x.retain();
  const y = gpu.empty(x.shape, dtype);
  castInto(gpu, x, y);
  return y;
}
