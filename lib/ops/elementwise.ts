/**
 * How elementwise kernels are run: those that include kernels/include/elementwise.wgsl, and so
 * compute each element, a number or a vector of 4, by itself.
 *
 * @module
 */

import type { AdapterKind } from "../gpu/adapter.ts";
import { foldGrid } from "../gpu/limits.ts";
import { vectorWidth } from "./lanes.ts";

/**
 * Invocations of a workgroup, and elements of an invocation. Tuned on llvmpipe (2 virtual cores of
 * an AMD EPYC), where AdamW over 2^20 numbers takes 0.4 of the processor's time that an
 * invocation a number takes; not yet on graphics cards.
 */
const SIZES = { cpu: { WG: 8, STEPS: 32 }, gpu: { WG: 64, STEPS: 4 } };

/** What a call of an elementwise kernel consists of, besides what it works on. */
export interface Elementwise<Constants> {
  /** Constants of the kernel. */
  constants: Constants;
  /** The kernel's parameter of this name: its elements. */
  count: number;
  /** Workgroups. */
  grid: [number, number, number];
}

/** How a kernel is run whose elements are `count` numbers. */
export function elementwise(
  kind: AdapterKind,
  count: number,
): Elementwise<{ WG: number; STEPS: number }> {
  const { WG, STEPS } = SIZES[kind];
  return { constants: { WG, STEPS }, count, grid: foldGrid(Math.ceil(count / (WG * STEPS))) };
}

/**
 * How a kernel is run whose elements are the vectors (`Vec`) that `size` numbers make: of 4 if it
 * divides the length of a row, else of 1.
 *
 * @param columns Length of the rows that they make up, which vectors must not cross.
 */
export function vectorwise(
  kind: AdapterKind,
  size: number,
  columns = size,
): Elementwise<{ VEC: 1 | 4; WG: number; STEPS: number }> {
  const VEC = vectorWidth(columns);
  const { constants, ...work } = elementwise(kind, size / VEC);
  return { constants: { VEC, ...constants }, ...work };
}
