/**
 * The sinusoidal embedding of a time.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";

const WORKGROUP = 64;

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
  gpu.run("timestep_embedding", { WG: WORKGROUP }, {
    bind: { times, y },
    params: { rows, half },
    grid: foldGrid(Math.ceil(rows * half / WORKGROUP)),
  });
  return y;
}
