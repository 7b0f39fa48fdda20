/**
 * The sinusoidal embedding of a time.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { elementwise } from "./elementwise.ts";

/**
 * Cosines, then sines, of t·f_i with f_i = exp(−ln(10000)·i/half) for i < half = features/2:
 * [B, features]. Nothing scales the times (`TimestepEmbedder.timestep_embedding` of the
 * reference).
 *
 * @param times t, [B].
 * @param options `features`: columns of the result, an even number.
 * @returns A new tensor, the caller's.
 */
export function timestepEmbedding(
  gpu: Gpu,
  times: Tensor,
  { features }: { features: number },
): Tensor {
  const rows = times.size;
  const half = features / 2;
  const y = gpu.empty([rows, features]);
  const { constants, count, grid } = elementwise(gpu.kind, rows * half);
  gpu.run("timestep_embedding", constants, { bind: { times, y }, params: { count, half }, grid });
  return y;
}
