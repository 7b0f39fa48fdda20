/**
 * Matrix units of an adapter: what multiplies small matrices at once (tensor cores).
 *
 * WebGPU has no standard for them yet; Dawn has `chromium-experimental-subgroup-matrix`.
 *
 * @module
 */

/** The features that kernels for matrix units need. */
export const MATRIX_FEATURES = [
  "chromium-experimental-subgroup-matrix",
  "subgroups",
  "shader-f16",
] as readonly string[] as readonly GPUFeatureName[];

/** Matrix units that take f16 numbers and add up in f32. */
export interface MatrixUnits {
  /** Rows of the left matrix and of the result. */
  readonly M: number;
  /** Columns of the right matrix and of the result. */
  readonly N: number;
  /** Columns of the left matrix, and rows of the right one. */
  readonly K: number;
  /** Invocations that multiply together. */
  readonly subgroupSize: number;
}

/** What Dawn says of an adapter. */
interface DawnAdapterInfo {
  readonly subgroupMinSize?: number;
  readonly subgroupMaxSize?: number;
  readonly subgroupMatrixConfigs?: readonly {
    readonly M: number;
    readonly N: number;
    readonly K: number;
    readonly componentType: string;
    readonly resultComponentType: string;
  }[];
}

/**
 * The largest matrix units of an adapter, of f16 in and f32 out; undefined if there are none, or if
 * the number of invocations in a subgroup is not the same for all kernels.
 *
 * @param info What the adapter says of itself.
 * @param features Those of the device.
 */
export function matrixUnitsOf(
  info: GPUAdapterInfo,
  features: Pick<ReadonlySet<string>, "has">,
): MatrixUnits | undefined {
  if (!MATRIX_FEATURES.every((name) => features.has(name))) return undefined;
  const { subgroupMinSize, subgroupMaxSize, subgroupMatrixConfigs = [] } = info as DawnAdapterInfo;
  if (subgroupMinSize === undefined || subgroupMinSize !== subgroupMaxSize) return undefined;
  const fitting = [...subgroupMatrixConfigs].filter(({ componentType, resultComponentType }) =>
    componentType === "f16" && resultComponentType === "f32"
  );
  fitting.sort((a, b) => b.M * b.N * b.K - a.M * a.N * a.K);
  const [largest] = fitting;
  if (largest === undefined) return undefined;
  const { M, N, K } = largest;
  return { M, N, K, subgroupSize: subgroupMinSize };
}
