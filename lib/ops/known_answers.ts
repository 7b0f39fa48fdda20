/**
 * Whether the ways to compute a product give what the plain kernel gives: drivers have been seen to
 * write zeros without an error.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { DType, Tensor } from "../gpu/tensor.ts";
import { matmul, type MatmulVariant } from "./matmul.ts";
import { type TileName, TILES } from "./matmul_tiled.ts";

/** What a variant of the product computed, compared with the plain kernel. */
export interface VariantAnswer {
  /** The variant. */
  readonly variant: MatmulVariant;
  /** The L2 norm of the difference over that of the plain kernel's numbers; NaN if any is none. */
  readonly error: number;
  /** Whether it is as small as rounding makes it. */
  readonly isRight: boolean;
}

/** A tile and a part of one in each direction, of extents that are read four at a time. */
const SIZE = { M: 132, N: 140, K: 68 };
/** Of sums of 68 products of f32, in another order. */
const BOUND = 1e-5;

/** The variants that products on a device may be computed by. */
export function variantsOf({ kind, matrixUnits }: Gpu): MatmulVariant[] {
  const tiles = Object.keys(TILES) as TileName[];
  return [
    ...(kind === "cpu" ? ["register" as const] : tiles),
    ...(matrixUnits ? ["matrix" as const] : []),
  ];
}

/**
 * Compares every variant with the plain kernel, and has the device do without those that are wrong
 * (`gpu.refuse`).
 */
export async function checkVariants(gpu: Gpu): Promise<VariantAnswer[]> {
  const { M, N, K } = SIZE;
  const answers: VariantAnswer[] = [];
  for (const variant of variantsOf(gpu)) {
    const dtype: DType = variant === "matrix" ? "f16" : "f32";
    using a = someNumbers(gpu, [M, K], dtype);
    using b = someNumbers(gpu, [N, K], dtype);
    const compute = async (variant: MatmulVariant) => {
      using c = gpu.empty([M, N]);
      gpu.clear(c);
      matmul(gpu, {
        ...SIZE,
        a: { view: a, stride: K },
        b: { view: b, stride: K, transposed: true },
        c: { view: c, stride: N },
      }, { variant });
      return await gpu.read(c);
    };
    const error = distance(await compute(variant), await compute("plain"));
    const isRight = error <= BOUND;
    if (!isRight) gpu.refuse(variant);
    answers.push({ variant, error, isRight });
  }
  return answers;
}

/** Numbers from −1 to 1 without a pattern that a wrong order of sums would keep. */
function someNumbers(gpu: Gpu, shape: readonly [number, number], dtype: DType): Tensor {
  const numbers = Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.sin(i * i));
  return gpu.tensor(numbers, shape, dtype);
}

function distance(actual: Float32Array, expected: Float32Array): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2;
    norm += expected[i]! ** 2;
  }
  return norm > 0 ? Math.sqrt(difference / norm) : NaN;
}
