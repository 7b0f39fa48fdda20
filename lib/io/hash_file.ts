/**
 * Hashes of whole files.
 *
 * @module
 */

import type { ErrorClass } from "./byte_source.ts";
import { openFileSource } from "./file_source.ts";
import { HashedSource } from "./hashed_source.ts";

/**
 * The SHA-256 of a file, in hexadecimal digits. It is read in pieces.
 *
 * @throws {FlmError} of the class given, if it cannot be read.
 */
export async function hashFile(path: string, errorClass: ErrorClass): Promise<string> {
  const source = await HashedSource.over(await openFileSource(path, errorClass));
  try {
    return await source.hex();
  } finally {
    source.close();
  }
}
