/**
 * Whole text files, from disk or from a web server.
 *
 * @module
 */

import type { ErrorClass } from "./byte_source.ts";
import { openByteSource } from "./open_source.ts";

/**
 * The text of a file in UTF-8.
 *
 * @param location A path, a `file:` URL or an `http(s):` URL.
 * @throws {FlmError} of the class given, if there is no such file or it cannot be read.
 */
export async function readText(location: string, errorClass: ErrorClass): Promise<string> {
  const source = await openByteSource(location, errorClass);
  try {
    const bytes = new Uint8Array(source.size);
    await source.read(0, bytes);
    return new TextDecoder().decode(bytes);
  } finally {
    source.close();
  }
}
