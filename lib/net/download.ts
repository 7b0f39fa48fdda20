/**
 * Downloads that outlast the moods of a network: a body that breaks off goes on at the byte where
 * it broke.
 *
 * @module
 */

import { DataError, type ErrorClass, isExplained } from "../errors.ts";
import { decodeBody, encodingsOf, platformDecodes } from "./content_encoding.ts";
import { Refusal } from "./follow.ts";
import { explainNetworkError } from "./network_error.ts";
import { limitedBytes } from "./limited_bytes.ts";
import { type Access, request, type RequestedRange } from "./request.ts";
import { afterContact, backoff, ONE_ATTEMPT, pause, type RetryPolicy } from "./retry_policy.ts";
import { LEAST_PROGRESS, unstalled } from "./silence.ts";

/** An answer whose body may be read once. */
export interface Download {
  /** 200, 206, or 416 if the file has none of the bytes asked for. */
  readonly status: number;
  /** What the answer says of its range: null if nothing, or nothing usable. */
  readonly range: ContentRange | null;
  /** Bytes that the body will have; null if the server does not say. */
  readonly length: number | null;
  /** ETag or date, which tells one version of the file from another; null if there is none. */
  readonly validator: string | null;
  /** The answer's headers. */
  readonly headers: Headers;
  /** The body, which goes on where it broke off. */
  readonly body: AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** Gives the connection back without reading the body. */
  cancel(): Promise<void>;
}

/** The header `Content-Range: bytes first-last/size`. */
export interface ContentRange {
  readonly first: number;
  readonly last: number;
  readonly size: number;
}

/**
 * GETs an address, or some of its bytes.
 *
 * @param name What messages call it.
 * @throws {FlmError} (of `access.errorClass`) if the server refuses, which then is the error's
 * `cause` as a `Response`, sends a web page for a file, cannot be reached or keeps failing; the
 * body throws the same, also if the file changes while it is read.
 */
export async function download(
  url: URL,
  name: string,
  access: Access = {},
  range?: RequestedRange,
): Promise<Download> {
  const { errorClass = DataError } = access;
  const response = await request(url, name, access, range);
  const encodings = encodingsOf(url, response.headers);
  const found = contentRange(response);
  if (response.status === 206 && range === undefined) {
    await response.body?.cancel();
    throw new errorClass(`Cannot read ${name}: the server sent a part of it, unasked (HTTP 206)`);
  }
  const length = found === null ? contentLength(response) : found.last - found.first + 1;
  const retry = afterContact(access.retry ?? ONE_ATTEMPT);
  const body = limitedBytes(
    resumedBody(response, length, url, name, { ...access, retry }, range),
    length ?? Infinity,
    () =>
      new errorClass(
        `Cannot read ${name}: the server sends more than the ${length} bytes it promised`,
      ),
  );
  return {
    status: response.status,
    // Ranges count the bytes of the encoding.
    range: encodings.length === 0 ? found : null,
    length: encodings.length === 0 ? length : null,
    validator: validatorOf(response),
    headers: response.headers,
    body: encodings.length === 0 ? body : explained(decodeBody(body, encodings), name, errorClass),
    cancel: async () => await response.body?.cancel(),
  };
}

/** A body whose decoder's errors name the file. */
async function* explained<Chunk>(
  body: AsyncIterable<Chunk>,
  name: string,
  errorClass: ErrorClass,
): AsyncGenerator<Chunk> {
  try {
    yield* body;
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    throw new errorClass(`Cannot read ${name}: ${cause.message}`, { cause });
  }
}

/** The body of an answer; whenever it breaks off, another request gets the rest. */
async function* resumedBody(
  opened: Response,
  length: number | null,
  url: URL,
  name: string,
  access: Access & { retry: RetryPolicy },
  range: RequestedRange | undefined,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { retry, errorClass = DataError } = access;
  const first = range?.first ?? 0;
  let response = opened;
  let done = 0;
  let ignored = 0;
  let gained = 0;
  for (let failures = 0;;) {
    try {
      for await (const chunk of unstalled(response.body, retry.stallMs)) {
        const fresh = chunk.subarray(Math.min(ignored, chunk.length));
        ignored -= chunk.length - fresh.length;
        if (fresh.length === 0) continue;
        done += fresh.length;
        gained += fresh.length;
        if (gained >= LEAST_PROGRESS) failures = 0;
        yield fresh;
      }
      if (length === null || done === length) return;
      throw new Error(`the server sent ${done} bytes where it promised ${length}`);
    } catch (cause) {
      access.signal?.throwIfAborted();
      if (isExplained(cause)) throw cause;
      failures++;
      gained = 0;
      const { reason } = explainNetworkError(cause, url.host);
      if (failures >= retry.attempts) {
        const tries = failures > 1 ? `, ${failures} times in a row` : "";
        throw new errorClass(`Cannot read ${name}: ${reason}${tries}`, { cause });
      }
      await pause(retry, access, {
        ...{ name, reason, failures, attempts: retry.attempts },
        milliseconds: backoff(failures),
      });
    }
    const rest = { ...range, first: first + done };
    response = await request(url, name, access, rest);
    const found = contentRange(response);
    // A server that knows no ranges sends everything again.
    ignored = response.status === 200 ? rest.first : 0;
    const fits = response.status === 200 || found?.first === rest.first;
    if (!fits || validatorOf(response) !== validatorOf(opened)) {
      await response.body?.cancel();
      throw new errorClass(
        `Cannot read ${name}: the connection broke after ${done} bytes, and the server no longer ` +
          `gives the rest of the file as it was first (HTTP ${response.status}); it may have ` +
          `changed, so start again`,
      );
    }
  }
}

/** The range of a partial answer; null if it says none, or one that cannot be. */
function contentRange(response: Response): ContentRange | null {
  if (response.status !== 206) return null;
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(response.headers.get("content-range") ?? "");
  if (!match) return null;
  const range = { first: Number(match[1]), last: Number(match[2]), size: Number(match[3]) };
  const isSound = range.first <= range.last && range.last < range.size &&
    Number.isSafeInteger(range.size);
  return isSound ? range : null;
}

function contentLength({ headers }: Response): number | null {
  const length = headers.get("content-length");
  return length === null || decodedUnseen(headers) ? null : Number(length);
}

/** Whether the platform has decoded the body, so that its length is not that of the answer. */
function decodedUnseen(headers: Headers): boolean {
  return headers.has("content-encoding") && platformDecodes();
}

function validatorOf(response: Response): string | null {
  return response.headers.get("etag") ?? response.headers.get("last-modified");
}
