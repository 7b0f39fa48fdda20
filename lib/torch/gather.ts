/**
 * Gathering the elements of a view whose neighbours do not lie beside each other.
 *
 * @module
 */

import { elementSize } from "../safetensors/dtype.ts";
import type { TensorLayout } from "./tensor.ts";

/** Arrays of unsigned numbers as wide as elements are. */
type Words = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

/**
 * Copies elements of a tensor in row-major order.
 *
 * @param first The index of the first.
 * @param target Takes their bytes: as many elements as it has room for.
 * @param span The bytes of the storage from its element `spanStart` on.
 */
export function gather(
  { dtype, shape, strides, offset }: TensorLayout,
  first: number,
  target: Uint8Array<ArrayBuffer>,
  span: Uint8Array<ArrayBuffer>,
  spanStart: number,
): void {
  const size = elementSize(dtype);
  const to = wordsOf(target, size);
  const from = wordsOf(span, size);
  const axes = shape.length;
  // The place of an element, an index for each axis, and what it is in the span.
  const place = new Array<number>(axes).fill(0);
  let at = offset - spanStart;
  let left = first;
  for (let axis = axes - 1; axis >= 0; axis--) {
    const length = shape[axis]!;
    place[axis] = left % length;
    left = Math.floor(left / length);
    at += place[axis]! * strides[axis]!;
  }
  const inner = axes - 1;
  const innerLength = shape[inner] ?? 1;
  const innerStride = strides[inner] ?? 0;
  for (let done = 0; done < to.length;) {
    const run = Math.min(innerLength - (place[inner] ?? 0), to.length - done);
    for (let i = 0; i < run; i++) to[done + i] = from[at + i * innerStride]!;
    done += run;
    if (done === to.length) return;
    // The run ended with its row: on to the next one.
    at -= (place[inner] ?? 0) * innerStride;
    place[inner] = 0;
    for (let axis = inner - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++place[axis]! < shape[axis]!) break;
      at -= shape[axis]! * strides[axis]!;
      place[axis] = 0;
    }
  }
}

function wordsOf({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>, size: number): Words {
  const length = Math.floor(byteLength / size);
  switch (size) {
    case 1:
      return new Uint8Array(buffer, byteOffset, length);
    case 2:
      return new Uint16Array(buffer, byteOffset, length);
    case 4:
      return new Uint32Array(buffer, byteOffset, length);
    default:
      return new BigUint64Array(buffer, byteOffset, length);
  }
}
