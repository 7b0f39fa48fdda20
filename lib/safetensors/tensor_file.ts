/**
 * Files from which tensors are read by name, of whatever format.
 *
 * @module
 */

import { CheckpointError } from "../errors.ts";
import type { ArrayKind, ArrayKinds } from "./dtype.ts";
import type { LocatedTensor } from "./header.ts";

/** A file with named tensors, which are read on demand. */
export interface TensorFile {
  /** The path or address, for messages. */
  readonly name: string;
  /** The tensors by name. */
  readonly tensors: ReadonlyMap<string, LocatedTensor>;
  /**
   * What the file knows of a tensor. Tensors are best read in the order of their `byteOffset`.
   *
   * @param shape The shape it must have, if given.
   * @throws {CheckpointError} if there is no such tensor or its shape is another.
   */
  info(name: string, shape?: readonly number[]): LocatedTensor;
  /**
   * Reads `count` elements from index `start` on, in row-major order.
   *
   * @throws {CheckpointError} if there are no such elements, their type does not fit, or they
   * cannot be read or are damaged.
   */
  readRange<K extends ArrayKind = "f32">(
    name: string,
    start: number,
    count: number,
    kind?: K,
  ): Promise<ArrayKinds[K]>;
}

/** As {@linkcode TensorFile.info}: the tensor of a name and shape among those of a file. */
export function tensorInfo<T extends LocatedTensor>(
  file: string,
  tensors: ReadonlyMap<string, T>,
  name: string,
  shape?: readonly number[],
): T {
  const info = tensors.get(name);
  if (!info) {
    throw new CheckpointError(
      `Cannot read tensor "${name}" of ${file}: the file has none of that name`,
    );
  }
  if (shape && (shape.length !== info.shape.length || shape.some((n, i) => n !== info.shape[i]))) {
    throw new CheckpointError(
      `Cannot read tensor "${name}" of ${file}: its shape is [${info.shape}], but ` +
        `[${shape}] was expected; does the configuration fit the file?`,
    );
  }
  return info;
}
