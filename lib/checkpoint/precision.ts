/**
 * What the matrices of a loaded network are stored in.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { MatrixType, ParameterSpec } from "../model/parameters.ts";
import type { TensorFile } from "../safetensors/tensor_file.ts";
import { oneOf } from "../schema/field.ts";

/**
 * What the matrices of a network are stored in on the device, its embedding included. All that is
 * computed from them is f32.
 *
 * - `f32`;
 * - `f16`: half the memory; numbers that the file has in more bits are rounded;
 * - `auto`: f16 where that changes no number, else f32.
 */
export type Precision = MatrixType | "auto";

/** The kinds of precision, as command lines say it. */
export const PRECISION = oneOf(["auto", "f32", "f16"], {
  doc: "What matrices are stored in: f16 takes half the memory, and rounds what the file has in " +
    "more bits; auto is f16 where that changes no number, else f32.",
  fallback: "auto",
});

/**
 * What the matrices of a file are stored in on a device.
 *
 * By `auto` it is f16 if all of them are F16 in the file and the device has such numbers but no
 * matrix units: these would round what is multiplied with them, too.
 *
 * @throws {GpuError} if f16 is asked for and the adapter has none.
 */
export function matrixTypeOf(
  gpu: Gpu,
  file: TensorFile,
  specs: readonly ParameterSpec[],
  precision: Precision,
): MatrixType {
  if (precision === "f16" && !gpu.hasF16) {
    throw new GpuError(
      `The precision f16 needs numbers of 16 bits (shader-f16), which the adapter ` +
        `${gpu.adapterName} does not have: use f32.`,
    );
  }
  if (precision !== "auto") return precision;
  const matrices = specs.filter(({ shape }) => shape.length > 1);
  const areHalves = matrices.every(({ name }) => file.info(name).dtype === "F16");
  return areHalves && gpu.hasF16 && gpu.matrixUnits === undefined ? "f16" : "f32";
}
