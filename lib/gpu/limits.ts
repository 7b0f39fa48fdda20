/**
 * What the adapter offers and what flm asks of it.
 *
 * @module
 */

/** Byte alignment of every tensor inside a larger buffer: WebGPU's default offset alignment. */
const TENSOR_ALIGNMENT = 256;

/** Workgroups a dispatch may have in one dimension, in every WebGPU implementation. */
export const MAX_WORKGROUPS = 65535;

/**
 * Rounds of loops after which llvmpipe leaves them, without a word: all those of an invocation
 * count together, of one loop after another and of one in another, and the end of each is a round,
 * too. Mesa 22 does so, and Mesa 26 no longer.
 */
export const MOST_ROUNDS = 65_535;

/** The limits that flm raises from WebGPU's defaults to whatever the adapter offers. */
const RAISED = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
] as const;

/** The `requiredLimits` that give a device the largest sizes the adapter has. */
export function largestLimits(adapter: GPUAdapter): Record<string, number> {
  return Object.fromEntries(RAISED.map((name) => [name, adapter.limits[name]]));
}

/** `bytes` rounded up to a multiple of the alignment of tensors, 256. */
export function alignBytes(bytes: number): number {
  return Math.ceil(bytes / TENSOR_ALIGNMENT) * TENSOR_ALIGNMENT;
}

/**
 * A grid of `count` workgroups folded over x and y, since one dimension holds 65,535.
 * Kernels recover the index as `wid.y * numWorkgroups.x + wid.x` and must test it.
 */
export function foldGrid(count: number): [number, number, number] {
  const y = Math.max(1, Math.ceil(count / MAX_WORKGROUPS));
  return [Math.ceil(count / y), y, 1];
}
