/**
 * Which way attention is computed.
 *
 * @module
 */

import type { AdapterKind } from "../gpu/adapter.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { DType } from "../gpu/tensor.ts";
import { matrixForm } from "./attention_matrix.ts";

/**
 * How attention is computed: by multiply-adds in f32, as suits a processor or a graphics card, or
 * on matrix units.
 */
export type AttentionVariant = AdapterKind | "matrix";

/** What attention on matrix units is refused by (`gpu.refuse`). */
export const MATRIX_ATTENTION = "matrix attention";

/** The way of attention on a device: on matrix units where numbers are f16 and these fit. */
export function chooseAttention(gpu: Gpu, dtype: DType, headDim: number): AttentionVariant {
  if (dtype !== "f16" || gpu.isRefused(MATRIX_ATTENTION)) return gpu.kind;
  return matrixForm(gpu, headDim) === undefined ? gpu.kind : "matrix";
}
