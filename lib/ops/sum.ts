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

/** Elements that a workgroup sums: a slab. */
export const SLAB = 4096;

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
  lanes?: number | undefined;
}

/** `y[0] = scale · Σ over all terms of x[i]·mask[i]`, of the squares or rooted if asked. */
export function sumInto(
  gpu: Gpu,
  terms: readonly SumTerm[],
  y: Tensor,
  { square = false, scale = 1, root = false, lanes }: SumOptions = {},
): void {
  let count = 0;
  const placed = terms.map((term) => {
    const start = count;
    count += slabsOf(term.x.size);
    return { ...term, start };
  });
  using partials = gpu.empty([count]);
  sumSlabs(gpu, placed, partials, { square, lanes });
  finishSum(gpu, partials, y, { scale, root, lanes });
}

/** How many slabs so many elements make. */
export function slabsOf(count: number): number {
  return Math.ceil(count / SLAB);
}

/** The first level of {@linkcode sumInto}: the sum of each slab, from `partials[start]` on. */
export function sumSlabs(
  gpu: Gpu,
  terms: readonly (SumTerm & { start: number })[],
  partials: Tensor,
  { square = false, lanes }: Pick<SumOptions, "square" | "lanes"> = {},
): void {
  for (const { x, mask, start } of terms) {
    gpu.run("sum_partials", {
      LANES: lanesOf(gpu, lanes),
      MASK: Number(mask !== undefined),
      SQUARE: Number(square),
    }, {
      bind: { x, partials, ...(mask && { mask }) },
      params: { count: x.size, slab: SLAB, start },
      grid: foldGrid(slabsOf(x.size)),
    });
  }
}

/** The second level of {@linkcode sumInto}: of the slabs' sums. */
export function finishSum(
  gpu: Gpu,
  partials: Tensor,
  y: Tensor,
  { scale = 1, root = false, lanes }: Omit<SumOptions, "square"> = {},
): void {
  gpu.run("sum_finish", { LANES: lanesOf(gpu, lanes), ROOT: Number(root) }, {
    bind: { partials, y },
    params: { count: partials.size, scale },
    grid: [1, 1, 1],
  });
}

function lanesOf({ kind }: Gpu, lanes: number | undefined): number {
  return lanes ?? workgroupSize(kind, 256);
}
