/**
 * Whether the ways to compute a product give what the plain kernel gives, and attention on matrix units
 * what the streaming kernels give: drivers have been seen to
 * write zeros without an error.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { DType, Tensor } from "../gpu/tensor.ts";
import { relativeDistance } from "../math/distance.ts";
import { attentionAnswer } from "./attention_answers.ts";
import { MATRIX_ATTENTION } from "./attention_choice.ts";
import { matmul, type MatmulVariant } from "./matmul.ts";
import { type TileName, TILES } from "./matmul_tiled.ts";

/** What a variant of the product, or of attention, computed, compared with the plain kernels. */
export interface VariantAnswer {
  /** The variant. */
  readonly variant: MatmulVariant | "matrix attention";
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
  const answers: VariantAnswer[] = [];
  const variants = variantsOf(gpu);
  for (const dtype of ["f32", "f16"] as const) {
    const own = variants.filter((variant) => dtypeOf(variant) === dtype);
    if (own.length > 0) answers.push(...await answersOf(gpu, dtype, own));
  }
  const answer = await attentionAnswer(gpu);
  if (answer !== undefined) answers.push({ variant: MATRIX_ATTENTION, ...answer });
  for (const { variant, isRight } of answers) if (!isRight) gpu.refuse(variant);
  return answers;
}

/** What a variant multiplies. */
function dtypeOf(variant: MatmulVariant): DType {
  return variant === "matrix" ? "f16" : "f32";
}

/** Compares variants with one product of the plain kernel. */
async function answersOf(
  gpu: Gpu,
  dtype: DType,
  variants: readonly MatmulVariant[],
): Promise<VariantAnswer[]> {
  const { M, N, K } = SIZE;
  using a = someNumbers(gpu, [M, K], dtype);
  using b = someNumbers(gpu, [N, K], dtype);
  const compute = async (variant: MatmulVariant) => {
    // A kernel whose work is lost must not find the numbers of another.
    using c = gpu.zeros([M, N]);
    matmul(gpu, {
      ...SIZE,
      a: { view: a, stride: K },
      b: { view: b, stride: K, transposed: true },
      c: { view: c, stride: N },
    }, { variant });
    return await gpu.read(c);
  };
  const expected = await compute("plain");
  const answers: VariantAnswer[] = [];
  for (const variant of variants) {
    const error = relativeDistance(await compute(variant), expected);
    answers.push({ variant, error, isRight: error <= BOUND });
  }
  return answers;
}

/** Numbers from −1 to 1 without a pattern that a wrong order of sums would keep. */
function someNumbers(gpu: Gpu, shape: readonly [number, number], dtype: DType): Tensor {
  const numbers = Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.sin(i * i));
  return gpu.tensor(numbers, shape, dtype);
}
