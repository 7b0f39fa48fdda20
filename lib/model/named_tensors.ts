/**
 * Tensors that have a name in a file but may lie in several windows on the GPU,
 * and their way to and from safetensors.
 *
 * @module
 */

import { CheckpointError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { bytesOf, sizeOf, type Tensor } from "../gpu/tensor.ts";
import { indexOfLarge } from "../math/large.ts";
import type { TensorSpec } from "../safetensors/header.ts";
import type { TensorFile } from "../safetensors/tensor_file.ts";
import { safetensorsBytes } from "../safetensors/writer.ts";
import { writeFileAtomic } from "../system/atomic.ts";
import { beginWork } from "../system/long_work.ts";

/** A tensor under its name in a file. */
export interface NamedTensor {
  /** The name in files. */
  name: string;
  /** The shape of the whole. */
  shape: readonly number[];
  /**
   * Where its numbers are, in their order, and from which of them on; those of a rank's part alone.
   */
  windows: readonly { start: number; tensor: Tensor }[];
}

/**
 * Weights from here on have squares that float32 cannot hold: no network works with them. Moments
 * of an optimizer may be larger.
 */
export const TOO_LARGE = 2 ** 64;

/** Elements on their way between file and GPU at a time. */
const PIECE = 1 << 20;

/** The numbers of a tensor that are on their way between file and GPU. */
export type TensorInspector = (name: string, values: Float32Array) => void;

/** Writes tensors to a safetensors file (float32). @throws {FlmError} if that fails. */
export async function saveTensors(
  gpu: Gpu,
  path: string,
  tensors: readonly NamedTensor[],
): Promise<void> {
  await writeFileAtomic(path, tensorFile(path, tensors, readBack(gpu, tensors)));
}

/**
 * The bytes of tensors as float32, one after the other, read back in bulk.
 *
 * @throws {GpuError} if the device has failed.
 */
export async function* readBack(
  gpu: Gpu,
  tensors: Iterable<NamedTensor>,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  const asked: Tensor[] = [];
  function* views() {
    for (const { windows } of tensors) {
      for (const { tensor } of windows) {
        if (tensor.size > 0) asked.push(tensor);
        yield tensor;
      }
    }
  }
  let done = 0;
  for await (const piece of gpu.readPieces(views())) {
    const { dtype, size, byteLength } = asked[0]!;
    // An odd number of f16 has two bytes more.
    yield dtype === "f16" ? widened(piece, size - done / 2) : piece;
    done += piece.length;
    if (done < byteLength) continue;
    asked.shift();
    done = 0;
  }
}

/** The bytes, as float32, of the numbers of a piece of float16, `most` at most. */
function widened(
  { buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>,
  most: number,
): Uint8Array<ArrayBuffer> {
  const halves = new Float16Array(buffer, byteOffset, Math.min(byteLength / 2, most));
  return new Uint8Array(new Float32Array(halves).buffer);
}

/**
 * The bytes of a safetensors file of tensors (float32).
 *
 * @param path What messages call the file.
 * @param pieces Takes its bytes from here: those of {@linkcode readBack}, which may go on to
 * tensors of further files.
 * @param inspect Sees what goes into the file, before it does.
 */
export function tensorFile(
  path: string,
  tensors: readonly NamedTensor[],
  pieces: AsyncIterator<Uint8Array<ArrayBuffer>, void, void>,
  inspect?: TensorInspector,
): AsyncGenerator<Uint8Array, void, void> {
  const specs = tensors.map(({ name, shape }): TensorSpec => ({ name, dtype: "F32", shape }));
  return safetensorsBytes(path, specs, async function* ({ name, shape }) {
    for (let left = sizeOf(shape) * 4; left > 0;) {
      const { value } = await pieces.next();
      if (value === undefined) return;
      inspect?.(name, floats(value));
      yield value;
      left -= value.length;
    }
  });
}

function floats({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): Float32Array {
  return new Float32Array(buffer, byteOffset, byteLength / 4);
}

/**
 * Fills tensors from a file, a piece at a time and in the order of the file; numbers of f16 are
 * rounded to it, unless they are in the file as such. Further tensors in the file are ignored.
 *
 * @param bound From which size on values are refused; {@linkcode TOO_LARGE} for those of a network.
 * @throws {CheckpointError} naming a tensor that is missing or of another shape, and nothing has
 * been changed; or one that cannot be read or has values that are no numbers, or too large.
 */
export async function loadTensors(
  gpu: Gpu,
  file: TensorFile,
  tensors: readonly NamedTensor[],
  bound = TOO_LARGE,
): Promise<void> {
  const located = tensors.map((tensor) => ({
    ...tensor,
    byteOffset: file.info(tensor.name, tensor.shape).byteOffset,
  }));
  located.sort((a, b) => a.byteOffset - b.byteOffset);
  const windows = located.flatMap(({ windows }) => windows);
  const numElements = windows.reduce((sum, { tensor }) => sum + tensor.size, 0);
  using work = beginWork(`read ${file.name}`, 4 * numElements);
  for (const { name, windows } of located) {
    for (const { start: first, tensor } of windows) {
      for (let start = 0; start < tensor.size; start += PIECE) {
        const count = Math.min(PIECE, tensor.size - start);
        const data = await readChecked(file, name, {
          start: first + start,
          count,
          kind: tensor.dtype === "f16" ? "f16" : "f32",
          bound,
        });
        gpu.write({
          buffer: tensor.buffer,
          byteOffset: tensor.byteOffset + bytesOf(start, tensor.dtype),
          byteLength: bytesOf(count, tensor.dtype),
          dtype: tensor.dtype,
        }, data);
        // Uploads keep a copy on the host until the next submit.
        gpu.device.queue.submit([]);
        work.add(4 * count);
      }
    }
  }
}

/**
 * Numbers of a tensor, which are below a bound. @throws {CheckpointError} as
 * {@linkcode loadTensors}
 */
async function readChecked(
  file: TensorFile,
  name: string,
  { start, count, kind, bound }: {
    start: number;
    count: number;
    kind: "f32" | "f16";
    bound: number;
  },
): Promise<Float32Array | Float16Array> {
  const data = await file.readRange(name, start, count, kind);
  if (data instanceof Float32Array) requireBelow(bound, file.name, name, data);
  else {
    const at = indexOfLarge(data);
    if (at === -1) return data;
    const exact = await file.readRange(name, start + at, 1);
    requireBelow(bound, file.name, name, exact);
    throw tooLargeForHalf(file.name, name, exact[0]!, "load it with the precision f32");
  }
  return data;
}

/** The error of a number that float16 cannot hold. */
export function tooLargeForHalf(
  file: string,
  name: string,
  value: number,
  mend: string,
): CheckpointError {
  return new CheckpointError(
    `The tensor "${name}" of ${file} has the value ${value}, which float16 cannot hold: ${mend}.`,
  );
}

/**
 * Checks the numbers of a tensor.
 *
 * @param bound From which size on they are refused.
 * @throws {CheckpointError} naming the file, the tensor and the first value that is none, or too
 * large.
 */
export function requireBelow(
  bound: number,
  file: string,
  name: string,
  values: Float32Array,
): void {
  const at = indexOfLarge(values, bound);
  if (at === -1) return;
  throw new CheckpointError(
    `The tensor "${name}" of ${file} has the value ${values[at]}, which is not a number that a ` +
      `network can have: the weights are damaged, or their training had failed. Use another ` +
      `checkpoint.`,
  );
}
