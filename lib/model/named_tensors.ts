/**
 * Tensors that have a name in a file but may lie in several windows on the GPU,
 * and their way to and from safetensors.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { sizeOf, type Tensor } from "../gpu/tensor.ts";
import type { SafetensorsFile, TensorSpec } from "../io/safetensors.ts";
import { writeSafetensors } from "../io/safetensors.ts";

/** A tensor under its name in a file. */
export interface NamedTensor {
  /** The name in files. */
  name: string;
  /** The shape of the whole. */
  shape: readonly number[];
  /** Its rows, in order. */
  windows: readonly { rowStart: number; tensor: Tensor }[];
}

/** Elements on their way between file and GPU at a time. */
const PIECE = 8 << 20;

/**
 * Writes tensors to a safetensors file (float32), a piece at a time.
 *
 * @throws {FlmError} if the file cannot be written.
 */
export async function saveTensors(
  gpu: Gpu,
  path: string,
  tensors: readonly NamedTensor[],
): Promise<void> {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const specs = tensors.map(({ name, shape }): TensorSpec => ({ name, dtype: "F32", shape }));
  await writeSafetensors(path, specs, async function* ({ name }) {
    for (const { tensor } of byName.get(name)!.windows) {
      for (let start = 0; start < tensor.size; start += PIECE) {
        yield await gpu.readBytes({
          buffer: tensor.buffer,
          byteOffset: tensor.byteOffset + start * 4,
          byteLength: Math.min(PIECE, tensor.size - start) * 4,
        });
      }
    }
  });
}

/**
 * Fills tensors from a safetensors file, a piece at a time. Further tensors in the file are
 * ignored.
 *
 * @throws {CheckpointError} naming a tensor that is missing, damaged or of another shape; then
 * nothing has been changed.
 */
export async function loadTensors(
  gpu: Gpu,
  file: SafetensorsFile,
  tensors: readonly NamedTensor[],
): Promise<void> {
  for (const { name, shape } of tensors) file.info(name, shape);
  for (const { name, shape, windows } of tensors) {
    const rowSize = sizeOf(shape.slice(1));
    for (const { rowStart, tensor } of windows) {
      for (let start = 0; start < tensor.size; start += PIECE) {
        const count = Math.min(PIECE, tensor.size - start);
        const data = await file.readRange(name, rowStart * rowSize + start, count);
        gpu.write({
          buffer: tensor.buffer,
          byteOffset: tensor.byteOffset + start * 4,
          byteLength: count * 4,
        }, data);
        // Uploads keep a copy on the host until the next submit.
        gpu.device.queue.submit([]);
      }
    }
  }
}
