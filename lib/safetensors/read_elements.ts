/**
 * Reading of a tensor's elements as numbers of a wanted kind.
 *
 * @module
 */

import { messageOf } from "../errors.ts";
import {
  type ArrayKind,
  type ArrayKinds,
  decodeInto,
  type DType,
  elementSize,
  isDecodable,
  isSameLayout,
  newArray,
} from "./dtype.ts";

/** Elements decoded at a time where the stored type is not the wanted one. */
const DECODE_ELEMENTS = 1 << 20;

/** Which elements are wanted, and as what. */
export interface ElementRange<K extends ArrayKind> {
  /** The index of the first, in row-major order. */
  readonly start: number;
  /** How many. */
  readonly count: number;
  /** The kind of array that is filled. */
  readonly kind: K;
  /** Makes an error that names the tensor. */
  readonly fail: (reason: string, cause?: unknown) => Error;
}

/**
 * Reads elements of a tensor.
 *
 * @param read Fills `target`, whose buffer has no other bytes, with the tensor's bytes in row-major
 * order, little-endian, from `byteOffset` on.
 * @throws What `fail` makes, if there are no such elements or their type does not fit.
 */
export async function readElements<K extends ArrayKind>(
  { dtype, numElements }: { readonly dtype: DType; readonly numElements: number },
  { start, count, kind, fail }: ElementRange<K>,
  read: (byteOffset: number, target: Uint8Array<ArrayBuffer>) => Promise<void>,
): Promise<ArrayKinds[K]> {
  if (!isDecodable(dtype, kind)) {
    const wanted = kind === "i32" ? "integers" : "floating-point numbers of 16 to 64 bits";
    throw fail(`its type is ${dtype}, but ${wanted} were expected`);
  }
  if (!(start >= 0 && count >= 0 && start + count <= numElements)) {
    throw fail(`elements ${start} to ${start + count} were asked for, it has ${numElements}`);
  }
  const size = elementSize(dtype);
  const values = newArray(kind, count);
  if (isSameLayout(dtype, kind)) {
    await read(start * size, new Uint8Array(values.buffer));
    return values;
  }
  for (let done = 0; done < count; done += DECODE_ELEMENTS) {
    const bytes = new Uint8Array(Math.min(DECODE_ELEMENTS, count - done) * size);
    await read((start + done) * size, bytes);
    try {
      decodeInto(values, done, dtype, bytes.buffer);
    } catch (error) {
      throw fail(messageOf(error), error);
    }
  }
  return values;
}
