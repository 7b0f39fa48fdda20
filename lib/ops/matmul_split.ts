/**
 * Products whose sums are shared out among workgroups: those of few numbers and many steps, as a
 * weight's gradient is, would leave most of a graphics card idle.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import { bindingsOf, formOf, type MatmulArgs, widthOf } from "./matmul_args.ts";
import { sumRows } from "./sum_rows.ts";

/** The size of a tile. */
export interface TileExtents {
  /** Its rows. */
  readonly rows: number;
  /** Its columns. */
  readonly columns: number;
}

/** How a kernel of tiles divides a product. */
export interface TileForm extends TileExtents {
  /** Steps of k that are in workgroup memory at a time. */
  readonly steps: number;
}

/** Tiles of a product, those at its edges included. */
export function countTiles({ M, N }: MatmulArgs, { rows, columns }: TileExtents): number {
  return Math.ceil(M / rows) * Math.ceil(N / columns);
}

/** How a kernel sums over parts of K. */
export interface Division {
  /** Steps of k of a part. */
  kSpan: number;
  /** Parts: the workgroups in z. */
  parts: number;
}

/** At most `split` parts of K, each a multiple of `steps` long. */
function divide(K: number, split: number, steps: number): Division {
  const kSpan = Math.ceil(Math.ceil(K / split) / steps) * steps;
  return { kSpan, parts: Math.max(1, Math.ceil(K / kSpan)) };
}

/** Whether the parts of a product can be added up by {@linkcode runTiles}. */
export function canSplit({ N, c, bias }: MatmulArgs): boolean {
  return c.stride === N && c.view.dtype !== "f16" && bias === undefined;
}

/** What a kernel of tiles is run with, besides its own constants. */
function tileCall(args: MatmulArgs, form: TileForm, { kSpan, parts }: Division) {
  const { M, N, K, a, b, c, bias } = args;
  const [x, y] = foldGrid(countTiles(args, form));
  return {
    constants: { ...formOf(args), VEC: widthOf(args), SPLIT: Number(parts > 1) },
    call: {
      bind: bindingsOf(args),
      params: {
        M,
        N,
        K,
        k_span: kSpan,
        a_start: a.start ?? 0,
        a_stride: a.stride,
        b_start: b.start ?? 0,
        b_stride: b.stride,
        c_start: c.start ?? 0,
        c_stride: c.stride,
        bias_start: bias?.start ?? 0,
      },
      grid: [x, y, parts] as const,
      flops: 2 * M * N * K,
    },
  };
}

/**
 * Has `run` run a kernel of tiles, over all of K, or over parts of it that are computed in memory
 * of their own, [parts, M, N], and added up in their order: the sum is the same in every run.
 *
 * @param split Into how many parts K may be divided, each with workgroups of its own; 1 for none.
 */
export function runTiles(
  gpu: Gpu,
  args: MatmulArgs,
  form: TileForm,
  split: number,
  run: (tiles: ReturnType<typeof tileCall>) => void,
): void {
  const division = divide(args.K, canSplit(args) ? split : 1, form.steps);
  const { parts } = division;
  if (parts === 1) return run(tileCall(args, form, division));
  const { M, N, c, accumulate = false } = args;
  using partials = gpu.empty([parts, M, N]);
  const own = { ...args, c: { view: partials, stride: N }, accumulate: false };
  run(tileCall(own, form, division));
  sumRows(gpu, {
    rows: parts,
    columns: M * N,
    x: { view: partials },
    y: { view: c.view, start: c.start ?? 0 },
    accumulate,
  });
}
