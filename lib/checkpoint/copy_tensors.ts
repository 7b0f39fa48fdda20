/**
 * Tensors on their way from one file to another, without a device.
 *
 * @module
 */

import type { TensorFile } from "../safetensors/tensor_file.ts";
import { indexOfLarge } from "../math/large.ts";
import { requireBelow, TOO_LARGE, tooLargeForHalf } from "../model/named_tensors.ts";
import type { ParameterSpec } from "../model/parameters.ts";
import type { TensorSpec } from "../safetensors/header.ts";
import { safetensorsBytes } from "../safetensors/writer.ts";
import { sha256 } from "../system/sha256.ts";

/** Elements on their way at a time. */
const PIECE = 4 << 20;

/** Types in which weights are stored. */
export type StoredType = "F32" | "F16";

/** How tensors are copied. */
export interface CopyOptions {
  /** In which type; F32 unless told. */
  readonly dtype?: StoredType;
  /** Free text pairs of the file; what the Python libraries look for unless told. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Called with the bytes of the numbers, as stored, that were copied since the last call. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

/**
 * The bytes of a safetensors file of a network's tensors.
 *
 * @param path What messages call the file.
 * @param specs The tensors, in their order.
 * @throws {CheckpointError} if one is missing, of another shape, has a value with which no network
 * works, or one that the type cannot hold.
 */
export function copiedTensors(
  path: string,
  file: TensorFile,
  specs: readonly Pick<ParameterSpec, "name" | "shape">[],
  { dtype = "F32", metadata, onBytes }: CopyOptions = {},
): AsyncGenerator<Uint8Array, void, void> {
  const tensors = specs.map(({ name, shape }): TensorSpec => ({ name, dtype, shape }));
  const data = ({ name, shape }: TensorSpec) => numbersOf(file, name, shape, dtype, onBytes);
  return safetensorsBytes(path, tensors, data, metadata);
}

/**
 * The numbers of a tensor in pieces, in a type.
 *
 * @throws {CheckpointError} as {@linkcode copiedTensors}.
 */
export async function* numbersOf(
  file: TensorFile,
  name: string,
  shape: readonly number[],
  dtype: StoredType = "F32",
  onBytes?: (count: number) => void,
): AsyncGenerator<Float32Array<ArrayBuffer> | Float16Array<ArrayBuffer>, void, void> {
  const { numElements } = file.info(name, shape);
  for (let start = 0; start < numElements; start += PIECE) {
    const values = await file.readRange(name, start, Math.min(PIECE, numElements - start));
    requireBelow(TOO_LARGE, file.name, name, values);
    const stored = dtype === "F32" ? values : halves(file.name, name, values);
    yield stored;
    onBytes?.(stored.byteLength);
  }
}

/** SHA-256 (hex) of the file that {@linkcode copiedTensors} makes. */
export async function hashOfCopy(
  file: TensorFile,
  specs: readonly ParameterSpec[],
): Promise<string> {
  const hash = sha256();
  for await (const chunk of copiedTensors(file.name, file, specs)) hash.update(chunk);
  return hash.hex();
}

/** Numbers rounded to float16. @throws {CheckpointError} naming one that is too large for it. */
function halves(
  file: string,
  name: string,
  values: Float32Array,
): Float16Array<ArrayBuffer> {
  const rounded = new Float16Array(values);
  const at = indexOfLarge(rounded);
  if (at === -1) return rounded;
  throw tooLargeForHalf(file, name, values[at]!, "write it as f32");
}
