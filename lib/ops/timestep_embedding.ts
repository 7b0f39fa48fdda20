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
 * Cosines, then sines, of t·10000^(−i/half) for i < half = features/2: [B, features]. The time is
 * not scaled (reference: `TimestepEmbedder.timestep_embedding` of models/dit.py).
 *
 * @param times t, [B].
 * @returns A new tensor, the caller's.
 */
export function timestepEmbedding(
  gpu: Gpu,
  times: Tensor,
  { features }: { features: number },
): Tensor {
  const y = gpu.empty([times.size, features]);
  gpu.run("timestep_embedding", { WG: WORKGROUP }, {
    bind: { t: times, y },
    params: { samples: times.size, half_features: features / 2 },
    grid: foldGrid(Math.ceil(y.size / 2 / WORKGROUP)),
  });
  return y;
}
