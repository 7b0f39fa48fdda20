/**
 * The gradient of adaLN modulation: of a sample's shift, scale or gate, which
 * all its positions share.
 *
 * @module
 */

import type { AdapterKind } from "../gpu/adapter.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { vectorWidth, workgroupSize } from "./lanes.ts";
import type { Value } from "./tape.ts";

/** Sums over blocks of positions, which are to be summed over each sample. */
export interface ModulationPartials {
  /** [samples · blocks, stride]: the sums of each block of positions, sample by sample. */
  partials: Tensor;
  /** First column of `partials` to be summed. */
  start: number;
  /** How many columns are summed. */
  width: number;
  /** First column of the modulation that they belong to. */
  column: number;
  /** The variant of the kernel: the adapter's unless told. */
  kind?: AdapterKind;
}

/** Adds the sums over each sample of partial sums to columns of the modulation's gradient. */
export function addModulationGrad(gpu: Gpu, modulation: Value, args: ModulationPartials): void {
  const { partials, start, width, column, kind = gpu.kind } = args;
  const [samples = 1, modulationStride = 1] = modulation.shape;
  const [rows = 1, stride = 1] = partials.shape;
  const VEC = vectorWidth(start, width, column, modulationStride, stride);
  const WG = workgroupSize(kind);
  modulation.addGrad(gpu, (dmodulation, accumulate) => {
    // Other operations add to other columns.
    if (!accumulate) gpu.clear(dmodulation);
    gpu.run("modulation_backward", { VEC, WG }, {
      bind: { partials, dmodulation },
      params: {
        samples,
        blocks: rows / samples,
        width: width / VEC,
        start: start / VEC,
        partials_stride: stride / VEC,
        column: column / VEC,
        modulation_stride: modulationStride / VEC,
      },
      grid: foldGrid(samples * Math.ceil(width / VEC / WG)),
    });
  });
}
