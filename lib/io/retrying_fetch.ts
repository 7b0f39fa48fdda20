/**
 * Requests that outlast the moods of a network: servers that are busy are asked
 * again later, and a body that breaks off goes on at the byte where it broke.
 *
 * @module
 */

import { DataError, isPermissionDenied, messageOf } from "../errors.ts";
import type { ErrorClass } from "./byte_source.ts";

/** How often and how patiently a request is repeated. */
export interface RetryPolicy {
  /** Requests in a row without a new byte before giving up. */
  readonly attempts: number;
  /** Milliseconds without a byte after which a connection counts as broken. */
  readonly stallMs: number;
  /** Waits for so many milliseconds. */
  sleep(milliseconds: number): Promise<void>;
}

/** No second request: for what a person waits for. */
export const ONE_ATTEMPT: RetryPolicy = { attempts: 1, stallMs: Infinity, sleep };

/** Four minutes of waiting in all, more if the server says so: for long downloads. */
export const PATIENT: RetryPolicy = { attempts: 10, stallMs: 120_000, sleep };

/** How a server is asked, and how its refusals are put into words. */
export interface Access {
  /** Headers of every request; a redirection to another host drops `Authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** {@linkcode ONE_ATTEMPT} unless given. */
  readonly retry?: RetryPolicy;
  /** What to do about a status such as 404; "check the address" unless it says something. */
  readonly explain?: (status: number) => string | undefined;
  /** The class of errors; {@linkcode DataError} unless given. */
  readonly errorClass?: ErrorClass;
  /** Called with the headers of every answer that redirects; needs more than a page may see. */
  readonly onRedirect?: (headers: Headers) => void;
  /** Stops requests, waiting and bodies, which throw its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The bytes asked for: from `first` to `last`, or to the end. Nothing is the whole file. */
export interface RequestedRange {
  readonly first: number;
  readonly last?: number;
}

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
 * `cause` as a `Response`, cannot be reached or keeps failing; the body throws the same, also if
 * the file changes while it is read.
 */
export async function download(
  url: URL,
  name: string,
  access: Access = {},
  range?: RequestedRange,
): Promise<Download> {
  const response = await request(url, name, access, range);
  const found = contentRange(response);
  const length = found === null ? contentLength(response) : found.last - found.first + 1;
  return {
    status: response.status,
    range: found,
    length,
    validator: validatorOf(response),
    headers: response.headers,
    body: resumedBody(response, length, url, name, access, range),
    cancel: async () => await response.body?.cancel(),
  };
}

/** The body of an answer; whenever it breaks off, another request gets the rest. */
async function* resumedBody(
  opened: Response,
  length: number | null,
  url: URL,
  name: string,
  access: Access,
  range: RequestedRange | undefined,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { retry = ONE_ATTEMPT, errorClass = DataError } = access;
  const first = range?.first ?? 0;
  let response = opened;
  let done = 0;
  let ignored = 0;
  for (let failures = 0;;) {
    try {
      for await (const chunk of unstalled(response.body, retry.stallMs)) {
        const fresh = chunk.subarray(Math.min(ignored, chunk.length));
        ignored -= chunk.length - fresh.length;
        if (fresh.length === 0) continue;
        done += fresh.length;
        failures = 0;
        yield fresh;
      }
      if (length === null || done === length) return;
      throw new Error(`the server sent ${done} bytes where it promised ${length}`);
    } catch (cause) {
      access.signal?.throwIfAborted();
      failures++;
      if (failures >= retry.attempts) {
        const tries = failures > 1 ? `, ${failures} times in a row` : "";
        throw new errorClass(`Cannot read ${name}: ${messageOf(cause)}${tries}`, { cause });
      }
      await pause(delayMs(failures, null), access);
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

/** More redirections are taken for a circle. */
const MAX_REDIRECTS = 8;

/** What `setTimeout` gives, whoever's types are in force. */
type Timer = ReturnType<typeof setTimeout>;

/** One answer that is of use, after as many requests as it takes. */
async function request(
  url: URL,
  name: string,
  access: Access,
  range: RequestedRange | undefined,
): Promise<Response> {
  const { retry = ONE_ATTEMPT, errorClass = DataError } = access;
  const headers = new Headers(access.headers);
  // Ranges count the bytes of the encoding sent, so ask for none.
  headers.set("accept-encoding", "identity");
  if (range !== undefined) headers.set("range", `bytes=${range.first}-${range.last ?? ""}`);
  for (let attempt = 1;; attempt++) {
    const outcome = await tryOnce(url, headers, access);
    access.signal?.throwIfAborted();
    if (outcome instanceof Response && (outcome.ok || outcome.status === 416)) return outcome;
    let reason: string;
    let transient = true;
    let wait: number | null = null;
    if (outcome instanceof Response) {
      const { status, statusText } = outcome;
      wait = retryAfterMs(outcome);
      await outcome.body?.cancel();
      transient = status === 408 || status === 429 || status >= 500;
      const advice = access.explain?.(status) ??
        (transient ? "try again later" : "check the address");
      reason = `the server answered HTTP ${status} ${statusText}`.trimEnd() + `; ${advice}`;
    } else {
      reason = messageOf(outcome);
    }
    if (!transient || attempt >= retry.attempts) {
      const tries = transient && attempt > 1 ? ` (${attempt} attempts)` : "";
      throw new errorClass(`Cannot read ${name}: ${reason}${tries}`, { cause: outcome });
    }
    await pause(delayMs(attempt, wait), access);
  }
}

/** The answer, or what kept it from coming. */
async function tryOnce(url: URL, headers: Headers, access: Access): Promise<unknown> {
  const { retry: { stallMs } = ONE_ATTEMPT, signal, onRedirect } = access;
  const stall = new AbortController();
  const timer = startTimer(stallMs, () => stall.abort(stalled(stallMs)));
  const stop = signal ? AbortSignal.any([signal, stall.signal]) : stall.signal;
  try {
    return onRedirect === undefined
      ? await fetch(url, { headers, signal: stop })
      : await follow(url, headers, stop, onRedirect);
  } catch (cause) {
    if (isPermissionDenied(cause)) throw cause;
    return cause;
  } finally {
    clearTimeout(timer);
  }
}

/** Follows redirections one by one; other servers are not told who asks. */
async function follow(
  url: URL,
  headers: Headers,
  signal: AbortSignal,
  onRedirect: (headers: Headers) => void,
): Promise<Response> {
  const anonymous = new Headers(headers);
  anonymous.delete("authorization");
  for (let [at, redirects] = [url, 0];; redirects++) {
    const own = at.origin === url.origin ? headers : anonymous;
    const response = await fetch(at, { headers: own, redirect: "manual", signal });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    if (redirects === MAX_REDIRECTS) {
      throw new Error(`the server redirects more than ${MAX_REDIRECTS} times`);
    }
    onRedirect(response.headers);
    at = new URL(location, at);
  }
}

/** The chunks of a body, unless none comes for too long. */
async function* unstalled(
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  stallMs: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      let timer: Timer | undefined;
      const tooLate = new Promise<never>((_, reject) => {
        timer = startTimer(stallMs, () => reject(stalled(stallMs)));
      });
      try {
        const { done, value } = await Promise.race([reader.read(), tooLate]);
        if (done) return;
        yield value;
      } finally {
        clearTimeout(timer);
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function startTimer(milliseconds: number, callback: () => void): Timer | undefined {
  return milliseconds === Infinity ? undefined : setTimeout(callback, milliseconds);
}

function stalled(milliseconds: number): Error {
  return new Error(`nothing came for ${milliseconds / 1000} seconds`);
}

/** Waits before the next attempt, unless everything is stopped. */
async function pause(milliseconds: number, { retry = ONE_ATTEMPT, signal }: Access) {
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(signal!.reason);
  signal?.addEventListener("abort", stop);
  try {
    await Promise.race([retry.sleep(milliseconds), stopped.promise]);
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** 1 s, 2 s, 4 s …, at most a minute; longer if the server says so, at most ten minutes. */
function delayMs(failures: number, retryAfter: number | null): number {
  const backoff = Math.min(60_000, 1000 * 2 ** (failures - 1));
  return Math.max(backoff, Math.min(600_000, retryAfter ?? 0));
}

/** The header `Retry-After`: seconds or a date. */
function retryAfterMs(response: Response): number | null {
  const value = response.headers.get("retry-after")?.trim() ?? "";
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : date - Date.now();
}

function contentRange(response: Response): ContentRange | null {
  if (response.status !== 206) return null;
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(response.headers.get("content-range") ?? "");
  if (!match) return null;
  return { first: Number(match[1]), last: Number(match[2]), size: Number(match[3]) };
}

/** The length of a body that comes as it is stored. */
function contentLength(response: Response): number | null {
  const length = response.headers.get("content-length");
  return length === null || response.headers.has("content-encoding") ? null : Number(length);
}

function validatorOf(response: Response): string | null {
  return response.headers.get("etag") ?? response.headers.get("last-modified");
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
