/**
 * Sums of whole tensors to one number, in a fixed order: every slab by a
 * workgroup, then the slabs' sums.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { workgroupSize } from "./lanes.ts";

/** Elements that a workgroup sums. */
const SLAB = 4096;

/** One tensor to be summed. */
export interface SumTerm {
  /** The numbers. */
  x: Tensor;
  /** Weights of the numbers, of the same size. */
  mask?: Tensor;
}

/** What {@linkcode sumInto} computes. */
export interface SumOptions {
  /** Sum the squares of the numbers. */
  square?: boolean;
  /** Factor of the sum; 1 unless told. */
  scale?: number;
  /** Take the root of the scaled sum. */
  root?: boolean;
  /** Invocations of a workgroup, a power of two; by default as the adapter likes it. */
  lanes?: number;
}

/** `y[0] = scale · Σ over all terms of x[i]·mask[i]`, of the squares or rooted if asked. */
export function sumInto(
  gpu: Gpu,
  terms: readonly SumTerm[],
  y: Tensor,
  { square = false, scale = 1, root = false, lanes }: SumOptions = {},
): void {
  const counts = terms.map(({ x }) => Math.ceil(x.size / SLAB));
  const count = counts.reduce((sum, slabs) => sum + slabs, 0);
  const layout = { LANES: lanes ?? workgroupSize(gpu.kind, 256) };
  using partials = gpu.empty([count]);
  let start = 0;
  for (const [index, { x, mask }] of terms.entries()) {
    gpu.run(
      "sum_partials",
      { ...layout, MASK: Number(mask !== undefined), SQUARE: Number(square) },
      {
        bind: { x, partials, ...(mask && { mask }) },
        params: { count: x.size, slab: SLAB, start },
        grid: foldGrid(counts[index]!),
      },
    );
    start += counts[index]!;
  }
  gpu.run("sum_finish", { ...layout, ROOT: Number(root) }, {
    bind: { partials, y },
    params: { count, scale },
    grid: [1, 1, 1],
  });
}
