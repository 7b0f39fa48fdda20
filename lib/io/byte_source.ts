/**
 * Random access to bytes, wherever they lie, behind one small interface.
 *
 * @module
 */

import { DataError, type ErrorClass } from "../errors.ts";

/** Something that can be read at any offset. */
export interface ByteSource {
  /** The path or address, for messages. */
  readonly name: string;
  /** The number of bytes. */
  readonly size: number;
  /**
   * Fills `target` with the bytes from `offset` on. Reads may overlap in time.
   *
   * @throws {FlmError} if the bytes do not all exist or cannot be had.
   */
  read(offset: number, target: Uint8Array): Promise<void>;
  /** Gives back what the source holds open. */
  close(): void;
}

/** A source over bytes in memory, which are not copied. */
export function memorySource(
  bytes: Uint8Array,
  name: string,
  errorClass: ErrorClass = DataError,
): ByteSource {
  return {
    name,
    size: bytes.length,
    read(offset, target) {
      try {
        checkRange(name, bytes.length, offset, target.length, errorClass);
      } catch (error) {
        return Promise.reject(error);
      }
      target.set(bytes.subarray(offset, offset + target.length));
      return Promise.resolve();
    },
    close() {},
  };
}

/**
 * Checks that `length` bytes from `offset` lie within a source of `size` bytes.
 *
 * @throws {FlmError} of the class given, if they do not.
 */
export function checkRange(
  name: string,
  size: number,
  offset: number,
  length: number,
  errorClass: ErrorClass,
): void {
  if (!Number.isSafeInteger(offset) || offset < 0 || offset + length > size) {
    throw new errorClass(
      `Cannot read ${name}: bytes ${offset} to ${offset + length} were asked for, ` +
        `but it has ${size} bytes; it may be truncated`,
    );
  }
}
