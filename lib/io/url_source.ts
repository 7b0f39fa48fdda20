/**
 * Random access to a file on a web server: by range requests where the server
 * answers them, else by one download kept in memory.
 *
 * @module
 */

import type { ErrorClass } from "../errors.ts";
import { type ByteSource, checkRange, memorySource } from "./byte_source.ts";
import { collectBody } from "../net/collect.ts";
import { limitedBytes } from "../net/limited_bytes.ts";
import { shownAddress } from "../system/location.ts";
import type { Access } from "../net/request.ts";
import { type Download, download } from "../net/download.ts";

/** The first request brings this many bytes, which often hold a whole header. */
const PREFIX_LENGTH = 1 << 16;

/** Bytes of a file that are kept in memory, if the server says how many there are. */
const MAX_KEPT = 2 ** 32;
/** The same if it does not: the answer may have no end. */
const MAX_KEPT_UNTOLD = 2 ** 30;

/** How a web server is asked, and for how much. */
export interface UrlSourceOptions extends Omit<Access, "errorClass"> {
  /** Bytes that the file has at most, if that is known: more are not taken into memory. */
  readonly maxBytes?: number | undefined;
}

/**
 * Opens an `http:` or `https:` address.
 *
 * @throws {FlmError} of the class given, if the server cannot be reached or
 * does not give the file.
 */
export async function openUrlSource(
  url: URL,
  errorClass: ErrorClass,
  { maxBytes, ...options }: UrlSourceOptions = {},
): Promise<ByteSource> {
  const name = shownAddress(url);
  const access = { ...options, errorClass };
  const prefixRange = { first: 0, last: PREFIX_LENGTH - 1 };
  const answer = await download(url, name, access, prefixRange);
  if (answer.status === 206) {
    const { range } = answer;
    if (range?.first === 0 && range.last < PREFIX_LENGTH) {
      const prefix = new Uint8Array(range.last + 1);
      await fill(prefix, answer, name, errorClass);
      return new UrlSource(url, name, range.size, answer.validator, prefix, access);
    }
    // Without its size a partial answer is of no use.
    await answer.cancel();
    return keepWhole(await download(url, name, access), name, errorClass, maxBytes);
  }
  if (answer.status === 416) {
    // No byte satisfies the range: the file is empty.
    await answer.cancel();
    return memorySource(new Uint8Array(0), name, errorClass);
  }
  return keepWhole(answer, name, errorClass, maxBytes);
}

class UrlSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #url: URL;
  /** ETag or date of the file when it was opened; null if the server gives neither. */
  readonly #validator: string | null;
  readonly #prefix: Uint8Array;
  readonly #access: Access & { errorClass: ErrorClass };

  constructor(
    url: URL,
    name: string,
    size: number,
    validator: string | null,
    prefix: Uint8Array,
    access: Access & { errorClass: ErrorClass },
  ) {
    this.#url = url;
    this.name = name;
    this.size = size;
    this.#validator = validator;
    this.#prefix = prefix;
    this.#access = access;
  }

  async read(offset: number, target: Uint8Array): Promise<void> {
    const { errorClass } = this.#access;
    checkRange(this.name, this.size, offset, target.length, errorClass);
    const end = offset + target.length;
    // Nothing is not a range that a server would answer.
    if (target.length === 0) return;
    if (end <= this.#prefix.length) {
      target.set(this.#prefix.subarray(offset, end));
      return;
    }
    const wanted = { first: offset, last: end - 1 };
    const answer = await download(this.#url, this.name, this.#access, wanted);
    const { range } = answer;
    const fits = range?.first === offset && range.last === end - 1 && range.size === this.size;
    if (!fits || answer.validator !== this.#validator) {
      await answer.cancel();
      throw new errorClass(
        `Cannot read ${this.name}: the server no longer gives bytes ${offset} to ${end} of the ` +
          `file as it was first (HTTP ${answer.status}); it may have changed, so start again`,
      );
    }
    await fill(target, answer, this.name, errorClass);
  }

  close(): void {}
}

/** Keeps the whole body in memory. */
async function keepWhole(
  answer: Download,
  name: string,
  errorClass: ErrorClass,
  maxBytes: number | undefined,
): Promise<ByteSource> {
  const bytes = await collectBody(answer, name, {
    maxBytes: maxBytes ?? (answer.length === null ? MAX_KEPT_UNTOLD : MAX_KEPT),
    reason: maxBytes === undefined
      ? "kept in memory from a server without range requests; download it, or have it served by " +
        "one that knows them"
      : "expected of it",
    errorClass,
  });
  return memorySource(bytes, name, errorClass);
}

/** Streams a body into `target`, which it must fill exactly. */
export async function fill(
  target: Uint8Array,
  answer: Download,
  name: string,
  errorClass: ErrorClass,
): Promise<void> {
  const wrong = (sent: string) =>
    new errorClass(
      `Cannot read ${name}: the server sent ${sent} bytes where it promised ${target.length}`,
    );
  let filled = 0;
  for await (
    const chunk of limitedBytes(answer.body, target.length, (size) => wrong(`${size} or more`))
  ) {
    target.set(chunk, filled);
    filled += chunk.length;
  }
  if (filled < target.length) throw wrong(`${filled}`);
}
