/**
 * Hashes of whole files.
 *
 * @module
 */

import type { ErrorClass } from "../errors.ts";
import { HashedSource } from "./hashed_source.ts";
import { openByteSource } from "./open_source.ts";

/**
 * The SHA-256 of a file, in hexadecimal digits. It is read in pieces.
 *
 * @param location A path or an address.
 * @throws {FlmError} of the class given, if it cannot be read.
 */
export async function hashFile(location: string, errorClass: ErrorClass): Promise<string> {
  const source = new HashedSource(await openByteSource(location, errorClass));
  try {
    return await source.hex();
  } finally {
    source.close();
  }
}
