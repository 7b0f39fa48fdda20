/**
 * Whether the ways to compute a product give what the plain kernel gives, and attention on matrix
 * units what the streaming kernels give: drivers have been seen to write zeros without an error.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { DType, Tensor } from "../gpu/tensor.ts";
import { relativeDistance } from "../math/distance.ts";
import { beginWork } from "../system/long_work.ts";
import { attentionAnswer } from "./attention_answers.ts";
import { MATRIX_ATTENTION } from "./attention_choice.ts";
import { matmul, type MatmulVariant, type MatmulWay } from "./matmul.ts";
import { type TileName, TILES } from "./matmul_tiled.ts";
import { type Product, ProductMemory, type StoredMatrix } from "./product.ts";

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
/** The same where numbers are rounded to f16 on the way. */
const HALF_BOUND = 1e-3;

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
  using _work = beginWork("compare kernels");
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
  const { N, K } = SIZE;
  const stored = (stride: number, transposed: boolean) => ({ start: 0, stride, dtype, transposed });
  const [a, b] = [stored(K, false), stored(K, true)];
  const product = { ...SIZE, a, b, c: { ...stored(N, false), dtype: "f32" as const }, bias: false };
  const errors = await errorsOf(gpu, product, variants.map((variant) => ({ variant })));
  return variants.map((variant, i) => ({
    ...{ variant, error: errors[i]! },
    isRight: errors[i]! <= BOUND,
  }));
}

/**
 * Whether ways compute a small product that is stored as the given one: the same kernels, but not
 * as long at work.
 */
export async function areRight(
  gpu: Gpu,
  product: Product,
  ways: readonly MatmulWay[],
): Promise<boolean[]> {
  // What is not read four at a time must not be in small, either.
  const shrink = (extent: number, small: number) => extent % 4 === 0 ? small : small - 1;
  const M = shrink(product.M, SIZE.M);
  const N = shrink(product.N, SIZE.N);
  const K = shrink(product.K, SIZE.K);
  const padding = ({ stride }: StoredMatrix) => stride % 4 === 0 ? 4 : 1;
  const restored = (matrix: StoredMatrix, outer: number, inner: number) => {
    const columns = matrix.transposed ? outer : inner;
    return { ...matrix, stride: columns + padding(matrix) };
  };
  const small = {
    ...{ M, N, K, a: restored(product.a, M, K), b: restored(product.b, K, N) },
    // Parts are added up where rows follow one another.
    c: { ...product.c, stride: product.c.stride === product.N ? N : N + padding(product.c) },
    bias: product.bias,
  };
  const isHalf = [product.a, product.b, product.c].some(({ dtype }) => dtype === "f16");
  const errors = await errorsOf(gpu, small, ways);
  return errors.map((error) => error <= (isHalf ? HALF_BOUND : BOUND));
}

/** The distances of what ways compute from what the plain kernel does. */
async function errorsOf(
  gpu: Gpu,
  product: Product,
  ways: readonly MatmulWay[],
): Promise<number[]> {
  using memory = new ProductMemory(gpu, product, (tensor) => gpu.write(tensor, numbersFor(tensor)));
  const { args } = memory;
  const c = args.c.view as Tensor;
  const compute = async (way: MatmulWay) => {
    // A kernel whose work is lost must not find the numbers of another.
    gpu.clear(c);
    matmul(gpu, args, way);
    return await gpu.read(c);
  };
  const expected = await compute({ variant: "plain" });
  const errors: number[] = [];
  for (const way of ways) errors.push(relativeDistance(await compute(way), expected));
  return errors;
}

/** Numbers from −1 to 1 without a pattern that a wrong order of sums would keep. */
function numbersFor({ size }: Tensor): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => Math.sin(i * i));
}
