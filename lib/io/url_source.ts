/**
 * Random access to a file on a web server: by range requests where the server
 * answers them, else by one download kept in memory.
 *
 * @module
 */

import { isPermissionDenied } from "../errors.ts";
import { type ByteSource, checkRange, type ErrorClass, memorySource } from "./byte_source.ts";

/** The first request brings this many bytes, which often hold a whole header. */
const PREFIX_LENGTH = 1 << 16;

/**
 * Opens an `http:` or `https:` address.
 *
 * @throws {FlmError} of the class given, if the server cannot be reached or
 * does not give the file.
 */
export async function openUrlSource(url: URL, errorClass: ErrorClass): Promise<ByteSource> {
  const name = url.origin + url.pathname;
  const response = await request(url, name, 0, PREFIX_LENGTH, errorClass);
  if (response.status === 206) {
    const range = contentRange(response);
    if (range?.first === 0) {
      const prefix = new Uint8Array(range.last + 1);
      await readBody(response, prefix, name, errorClass);
      return new UrlSource(url, name, range.size, validatorOf(response), prefix, errorClass);
    }
    // Without its size a partial answer is of no use.
    await response.body?.cancel();
    return download(await request(url, name, null, 0, errorClass), name, errorClass);
  }
  if (response.status === 416) {
    // No byte satisfies the range: the file is empty.
    await response.body?.cancel();
    return memorySource(new Uint8Array(0), name, errorClass);
  }
  return download(response, name, errorClass);
}

class UrlSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #url: URL;
  /** ETag or date of the file when it was opened; null if the server gives neither. */
  readonly #validator: string | null;
  readonly #prefix: Uint8Array;
  readonly #errorClass: ErrorClass;

  constructor(
    url: URL,
    name: string,
    size: number,
    validator: string | null,
    prefix: Uint8Array,
    errorClass: ErrorClass,
  ) {
    this.#url = url;
    this.name = name;
    this.size = size;
    this.#validator = validator;
    this.#prefix = prefix;
    this.#errorClass = errorClass;
  }

  async read(offset: number, target: Uint8Array): Promise<void> {
    checkRange(this.name, this.size, offset, target.length, this.#errorClass);
    const end = offset + target.length;
    // Nothing is not a range that a server would answer.
    if (target.length === 0) return;
    if (end <= this.#prefix.length) {
      target.set(this.#prefix.subarray(offset, end));
      return;
    }
    const response = await request(
      this.#url,
      this.name,
      offset,
      target.length,
      this.#errorClass,
    );
    const range = response.status === 206 ? contentRange(response) : null;
    const fits = range?.first === offset && range.last === end - 1 && range.size === this.size;
    if (!fits || validatorOf(response) !== this.#validator) {
      await response.body?.cancel();
      throw new this.#errorClass(
        `Cannot read ${this.name}: the server no longer gives bytes ${offset} to ${end} of the ` +
          `file as it was first (HTTP ${response.status}); it may have changed, so start again`,
      );
    }
    await readBody(response, target, this.name, this.#errorClass);
  }

  close(): void {}
}

/** One GET, of `length` bytes from `first` on or (if null) of the whole file. */
async function request(
  url: URL,
  name: string,
  first: number | null,
  length: number,
  errorClass: ErrorClass,
): Promise<Response> {
  // Ranges count the bytes of the encoding sent, so ask for none.
  const headers = new Headers({ "accept-encoding": "identity" });
  if (first !== null) headers.set("range", `bytes=${first}-${first + length - 1}`);
  let response: Response;
  try {
    response = await fetch(url, { headers });
  } catch (cause) {
    if (isPermissionDenied(cause)) throw cause;
    throw new errorClass(`Cannot read ${name}: ${messageOf(cause)}`, { cause });
  }
  if (!response.ok && response.status !== 416) {
    await response.body?.cancel();
    throw new errorClass(
      `Cannot read ${name}: the server answered HTTP ${response.status} ${response.statusText}`
        .trimEnd() + "; check the address",
    );
  }
  return response;
}

/** Keeps the whole body in memory. */
async function download(
  response: Response,
  name: string,
  errorClass: ErrorClass,
): Promise<ByteSource> {
  try {
    return memorySource(new Uint8Array(await response.arrayBuffer()), name, errorClass);
  } catch (cause) {
    throw new errorClass(`Cannot read ${name}: ${messageOf(cause)}`, { cause });
  }
}

/** Streams a body into `target`, which it must fill exactly. */
async function readBody(
  response: Response,
  target: Uint8Array,
  name: string,
  errorClass: ErrorClass,
): Promise<void> {
  let filled = 0;
  try {
    for await (const chunk of response.body ?? []) {
      if (filled + chunk.length <= target.length) target.set(chunk, filled);
      filled += chunk.length;
    }
  } catch (cause) {
    throw new errorClass(`Cannot read ${name}: ${messageOf(cause)}`, { cause });
  }
  if (filled !== target.length) {
    throw new errorClass(
      `Cannot read ${name}: the server sent ${filled} bytes where it promised ${target.length}`,
    );
  }
}

/** The header `Content-Range: bytes first-last/size`, or null if it is missing or unknown. */
function contentRange(response: Response): { first: number; last: number; size: number } | null {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(response.headers.get("content-range") ?? "");
  if (!match) return null;
  return { first: Number(match[1]), last: Number(match[2]), size: Number(match[3]) };
}

/** What tells one version of the file from another. */
function validatorOf(response: Response): string | null {
  return response.headers.get("etag") ?? response.headers.get("last-modified");
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
