/**
 * Products whose sums are shared out among workgroups: those of few numbers and many steps, as a
 * weight's gradient is, would leave most of a graphics card idle.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { MatmulArgs } from "./matmul_args.ts";
import { sumRows } from "./sum_rows.ts";

/** How a kernel sums over parts of K. */
export interface Division {
  /** Steps of k of a part. */
  kSpan: number;
  /** Parts: the workgroups in z. */
  parts: number;
}

/** At most `split` parts of K, each a multiple of `steps` long. */
export function divide(K: number, split: number, steps: number): Division {
  const kSpan = Math.ceil(Math.ceil(K / split) / steps) * steps;
  return { kSpan, parts: Math.max(1, Math.ceil(K / kSpan)) };
}

/** Whether the parts of a product can be added up by {@linkcode splitProduct}. */
export function canSplit({ N, c, bias }: MatmulArgs): boolean {
  return c.stride === N && c.view.dtype !== "f16" && bias === undefined;
}

/**
 * Has `run` compute the parts of a product one after the other in memory of their own, [parts, M, N],
 * and adds them up in their order: the sum is the same in every run.
 */
export function splitProduct(
  gpu: Gpu,
  args: MatmulArgs,
  { parts }: Division,
  run: (args: MatmulArgs) => void,
): void {
  const { M, N, c, accumulate = false } = args;
  using partials = gpu.empty([parts, M, N]);
  run({ ...args, c: { view: partials, stride: N }, accumulate: false });
  sumRows(gpu, {
    rows: parts,
    columns: M * N,
    x: { view: partials },
    y: { view: c.view, start: c.start ?? 0 },
    accumulate,
  });
}
