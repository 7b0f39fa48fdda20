/**
 * Writing safetensors files, one piece of a tensor after another.
 *
 * @module
 */

import { CheckpointError } from "../errors.ts";
import { writeFileAtomic } from "../system/atomic.ts";
import { buildHeader, type TensorSpec } from "./header.ts";

/** The little-endian bytes of a tensor, in one piece or in many; a typed array will do. */
export type TensorData =
  | ArrayBufferView
  | Iterable<ArrayBufferView>
  | AsyncIterable<ArrayBufferView>;

/**
 * Writes a safetensors file atomically. Each tensor's bytes are asked for once,
 * when their turn comes (tensors of wider elements come first, else the order
 * given is kept), so that no more than a piece is ever in memory.
 *
 * @param bytesOf Gives the bytes of a tensor.
 * @param metadata Free text pairs; by default `format: "pt"`, which the Python
 * libraries look for.
 * @throws {CheckpointError} if names clash or a tensor's bytes do not fit its
 * shape; {@linkcode FlmError} if the file cannot be written. Either leaves
 * `path` as it was.
 *
 * @example
 * ```ts ignore
 * await writeSafetensors(
 *   "model.safetensors",
 *   [{ name: "bias", dtype: "F32", shape: [3] }],
 *   () => new Float32Array([1, 2, 3]),
 * );
 * ```
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorSpec[],
  bytesOf: (tensor: TensorSpec) => TensorData,
  metadata: Readonly<Record<string, string>> = { format: "pt" },
): Promise<void> {
  await writeFileAtomic(path, safetensorsBytes(path, tensors, bytesOf, metadata));
}

/**
 * The bytes of a safetensors file, as {@linkcode writeSafetensors} writes them.
 *
 * @param path What messages call the file.
 * @throws {CheckpointError} if names clash or a tensor's bytes do not fit its shape.
 */
export async function* safetensorsBytes(
  path: string,
  specs: readonly TensorSpec[],
  bytesOf: (tensor: TensorSpec) => TensorData,
  metadata: Readonly<Record<string, string>> = { format: "pt" },
): AsyncGenerator<Uint8Array, void, void> {
  const { bytes, tensors } = buildHeader(path, specs, metadata);
  yield bytes;
  for (const tensor of tensors) {
    let given = 0;
    const data = bytesOf(tensor);
    for await (const view of ArrayBuffer.isView(data) ? [data] : data) {
      given += view.byteLength;
      yield new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    }
    if (given !== tensor.byteLength) {
      throw new CheckpointError(
        `Cannot write ${path}: tensor "${tensor.name}", ${tensor.dtype} of shape ` +
          `[${tensor.shape}], takes ${tensor.byteLength} bytes, but ${given} were given`,
      );
    }
  }
}
