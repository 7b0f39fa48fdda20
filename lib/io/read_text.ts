/**
 * Whole text files, from disk or from a web server.
 *
 * @module
 */

import type { ErrorClass } from "../errors.ts";
import { collectBody, type SizeLimit, tooLarge } from "../net/collect.ts";
import { contentOf } from "../system/content.ts";
import { openFileSource } from "./file_source.ts";
import { addressOf, shownAddress } from "../system/location.ts";
import { isMissing } from "../net/missing.ts";
import type { Access } from "../net/request.ts";
import { download } from "../net/download.ts";

/** Options of {@linkcode readText}. */
export interface TextOptions extends Omit<Access, "errorClass"> {
  /** How large the file may be; 16 MiB unless told, which no description of a model exceeds. */
  readonly maxBytes?: number;
}

/**
 * The text of a file in UTF-8. {@linkcode isMissing} tells whether an error means that there is
 * none.
 *
 * @param location A path, a `file:` URL or an `http(s):` URL.
 * @throws {FlmError} of the class given, if there is no such file, it cannot be read, is too large
 * or is not UTF-8.
 */
export async function readText(
  location: string,
  errorClass: ErrorClass,
  { maxBytes = 1 << 24, ...access }: TextOptions = {},
): Promise<string> {
  const url = addressOf(location, errorClass);
  const limit = { maxBytes, reason: "expected of such a file", errorClass };
  const bytes = url !== null && url.protocol !== "file:"
    ? await fetchBytes(url, { ...access, errorClass }, limit)
    : await readBytes(url ?? location, limit);
  const name = url === null ? location : shownAddress(url);
  // A page is text too.
  const content = contentOf(bytes, "page");
  if (content !== null) {
    throw new errorClass(`Cannot read ${name}: ${content.found}. ${content.mend}.`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new errorClass(`Cannot read ${name}: it is not UTF-8 text`, { cause });
  }
}

/**
 * The same, or undefined if there is no such file.
 *
 * @throws {FlmError} of the class given, if it cannot be read.
 */
export async function readTextIfThere(
  location: string,
  errorClass: ErrorClass,
  options?: TextOptions,
): Promise<string | undefined> {
  try {
    return await readText(location, errorClass, options);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function fetchBytes(url: URL, access: Access, limit: SizeLimit): Promise<Uint8Array> {
  const name = shownAddress(url);
  return await collectBody(await download(url, name, access), name, limit);
}

async function readBytes(path: string | URL, limit: SizeLimit): Promise<Uint8Array> {
  const source = await openFileSource(path, limit.errorClass);
  try {
    if (source.size > limit.maxBytes) throw tooLarge(source.name, `${source.size}`, limit);
    const bytes = new Uint8Array(source.size);
    await source.read(0, bytes);
    return bytes;
  } finally {
    source.close();
  }
}
