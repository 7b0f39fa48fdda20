/**
 * Work that nothing holds up, by which other work is measured: multiplications and additions of
 * numbers that stay in registers, and copies.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { foldGrid } from "../gpu/limits.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { vectorwise } from "./elementwise.ts";

/** Steps of a loop that are written out. */
const WRITTEN = 8;
/**
 * Invocations of a workgroup, and vectors of 4 of each, as many as its registers hold with ease.
 */
const SIZES = { cpu: { WG: 8, CHAINS: 2 }, gpu: { WG: 256, CHAINS: 4 } };

/** What a number is multiplied by and what is added, again and again. */
export interface MultiplyAdd {
  /** It is multiplied by this. */
  readonly factor: number;
  /** And this is added. */
  readonly term: number;
  /** How often, in eights. */
  readonly loops: number;
}

/**
 * Records multiplications and additions of what `y` holds, f32 or f16: from each of its numbers the
 * multiples 1, 2, … of it follow, and from each of these, x, `8 · loops` times factor·x + term.
 * Their sum takes the number's place.
 *
 * @returns The operations, two a step.
 * @throws {GpuError} if `y` has no multiple of 4 numbers.
 */
export function multiplyAdds(gpu: Gpu, y: Tensor, { factor, term, loops }: MultiplyAdd): number {
  const { WG, CHAINS } = SIZES[gpu.kind];
  if (y.size % 4 !== 0) {
    throw new GpuError(`Numbers are multiplied in vectors of 4: there are ${y.size} of them.`);
  }
  const flops = 2 * y.size * CHAINS * WRITTEN * loops;
  const count = y.size / 4;
  gpu.run("multiply_add", { WG, CHAINS, LOOPS: loops }, {
    bind: { y },
    params: { count, factor, term },
    grid: foldGrid(Math.ceil(count / WG)),
    flops,
  });
  return flops;
}

/** How many multiples of a number {@linkcode multiplyAdds} works on. */
export function chainsOf({ kind }: Gpu): number {
  return SIZES[kind].CHAINS;
}

/** Subgroups of a workgroup, and results of each, in {@linkcode matrixMultiplyAdds}. */
const SUBGROUPS = 4;
const RESULTS = 4;

/**
 * Records products of matrices of ones on matrix units, `8 · loops` for each of four results in
 * every subgroup of so many workgroups. Each number of `y`, as many as {@linkcode matrixPeakSize}
 * says, becomes `4 · 8 · loops · K` of the units.
 *
 * @returns The operations, two for a multiplication and an addition.
 * @throws {GpuError} if the adapter has no matrix units.
 */
export function matrixMultiplyAdds(gpu: Gpu, y: Tensor, workgroups: number, loops: number): number {
  const { M: MM, N: NN, K: KK, subgroupSize: SG } = gpu.requireMatrixUnits();
  const flops = 2 * MM * NN * KK * RESULTS * WRITTEN * loops * SUBGROUPS * workgroups;
  gpu.run("matrix_multiply_add", { MM, NN, KK, SG, SUBGROUPS, LOOPS: loops }, {
    bind: { y },
    // One dimension, so that there are no more workgroups than results.
    grid: [workgroups, 1, 1],
    flops,
  });
  return flops;
}

/** Numbers that so many workgroups of {@linkcode matrixMultiplyAdds} write. */
export function matrixPeakSize(gpu: Gpu, workgroups: number): number {
  const { M, N } = gpu.requireMatrixUnits();
  return workgroups * SUBGROUPS * M * N;
}

/**
 * Records a copy by a kernel, `y = x`.
 *
 * @returns The bytes, read and written.
 * @throws {GpuError} if the sizes differ.
 */
export function copyNumbers(gpu: Gpu, x: Tensor, y: Tensor): number {
  if (x.size !== y.size) {
    throw new GpuError(`Cannot copy ${x.size} numbers to a place of ${y.size}.`);
  }
  const { constants, count, grid } = vectorwise(gpu.kind, x.size);
  gpu.run("copy", constants, { bind: { x, y }, params: { count }, grid });
  return x.byteLength + y.byteLength;
}
