/**
 * Opens a local file or a web address for random access.
 *
 * @module
 */

import { DataError, type ErrorClass } from "../errors.ts";
import type { ByteSource } from "./byte_source.ts";
import { openFileSource } from "./file_source.ts";
import { addressOf } from "../system/location.ts";
import { openUrlSource, type UrlSourceOptions } from "./url_source.ts";

/**
 * Opens a path, a `file:` URL or an `http(s):` URL.
 *
 * @param options How a web server is asked; once, unless they say otherwise.
 * @throws {DataError} (or `errorClass`) if there is no such file, it is not a
 * regular file, or the address cannot be reached.
 */
export async function openByteSource(
  location: string | URL,
  errorClass: ErrorClass = DataError,
  options: UrlSourceOptions = {},
): Promise<ByteSource> {
  const url = typeof location === "string" ? addressOf(location, errorClass) : location;
  return url === null || url.protocol === "file:"
    ? await openFileSource(url ?? location, errorClass)
    : await openUrlSource(url, errorClass, options);
}
