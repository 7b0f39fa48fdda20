/**
 * Requests that outlast the moods of a network: servers that are busy are asked
 * again later, and a body that breaks off goes on at the byte where it broke.
 *
 * @module
 */

import { DataError, isExplained, isPermissionDenied } from "../errors.ts";
import type { ErrorClass } from "./byte_source.ts";
import { decodeBody, encodingsOf, platformDecodes } from "./content_encoding.ts";
import { follow, Refusal } from "./follow.ts";
import { explainNetworkError } from "./network_error.ts";
import { requestedWait } from "./rate_limit.ts";
import { refuseWebPage } from "./web_page.ts";

/** How often and how patiently a request is repeated. */
export interface RetryPolicy {
  /** Requests in a row without a new byte before giving up. */
  readonly attempts: number;
  /** The same where no server is reached at all; as `attempts` unless given. */
  readonly attemptsToReach?: number;
  /** Milliseconds after which a server that was not reached is given up; no limit unless given. */
  readonly reachMs?: number;
  /** Milliseconds without a byte after which a connection counts as broken. */
  readonly stallMs: number;
  /** Waits for so many milliseconds, or until the signal ends it. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** No second request, and no long silence: for what a person waits for. */
export const ONE_ATTEMPT: RetryPolicy = { attempts: 1, stallMs: 60_000, sleep };

/** Six minutes of waiting in all, more if the server says so: for long downloads. */
export const PATIENT: RetryPolicy = { attempts: 12, stallMs: 60_000, sleep };

/** A policy for a first request: where there is no network, nobody should wait for long. */
export function firstContact(retry: RetryPolicy): RetryPolicy {
  return { ...retry, attemptsToReach: Math.min(3, retry.attempts), reachMs: 10_000 };
}

/** A pause before the next attempt. */
export interface Wait {
  /** What is fetched. */
  readonly name: string;
  /** Why the last attempt came to nothing. */
  readonly reason: string;
  /** How long the pause is. */
  readonly milliseconds: number;
  /** Attempts that came to nothing, in a row. */
  readonly failures: number;
  /** How many of them are too many. */
  readonly attempts: number;
}

/** What the one who waits for an answer has to say, and to hear. */
export interface Attendance {
  /** Stops requests, waiting and bodies, which throw its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called before every pause. */
  readonly onWait?: ((wait: Wait) => void) | undefined;
}

/** How a server is asked, and how its refusals are put into words. */
export interface Access extends Attendance {
  /** Headers of every request; a redirection to another host drops `Authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** {@linkcode ONE_ATTEMPT} unless given. */
  readonly retry?: RetryPolicy;
  /** What to do about a status such as 404; "check the address" unless it says something. */
  readonly explain?: (status: number) => string | undefined;
  /** The class of errors; {@linkcode DataError} unless given. */
  readonly errorClass?: ErrorClass;
  /** Called with the headers of every answer that redirects; a page does not see them. */
  readonly onRedirect?: (headers: Headers) => void;
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
 * `cause` as a `Response`, sends a web page for a file, cannot be reached or keeps failing; the body
 * throws the same, also if the file changes while it is read.
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
  const body = resumedBody(response, length, url, name, afterContact(access), range);
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

/** What holds once the server has answered: it may be away for longer. */
function afterContact(access: Access): Access {
  const { retry = ONE_ATTEMPT } = access;
  return { ...access, retry: { ...retry, attemptsToReach: retry.attempts, reachMs: Infinity } };
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
        if (length !== null && done > length) {
          throw new errorClass(
            `Cannot read ${name}: the server sends more than the ${length} bytes it promised`,
          );
        }
        yield fresh;
      }
      if (length === null || done === length) return;
      throw new Error(`the server sent ${done} bytes where it promised ${length}`);
    } catch (cause) {
      access.signal?.throwIfAborted();
      if (isExplained(cause)) throw cause;
      failures++;
      const { reason } = explainNetworkError(cause, url.host);
      if (failures >= retry.attempts) {
        const tries = failures > 1 ? `, ${failures} times in a row` : "";
        throw new errorClass(`Cannot read ${name}: ${reason}${tries}`, { cause });
      }
      await pause(access, {
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

/** What `setTimeout` gives, whoever's types are in force. */
type Timer = ReturnType<typeof setTimeout>;

/** More than anybody waits for an answer. */
const MAX_WAIT_MS = 3_600_000;

/** What came of an attempt that gave nothing of use. */
interface Failure {
  readonly reason: string;
  /** How often it may be, in a row; 1 if another attempt would come to the same. */
  readonly attempts: number;
  /** Milliseconds that the server asks to wait. */
  readonly wait: number | null;
  readonly cause: unknown;
}

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
  const begun = performance.now();
  for (let failures = 1;; failures++) {
    const outcome = await tryOnce(url, headers, access);
    access.signal?.throwIfAborted();
    if (outcome instanceof Response && (outcome.ok || outcome.status === 416)) return outcome;
    const { reason, attempts, wait, cause } = outcome instanceof Response
      ? await refused(outcome, access, retry)
      : failed(outcome, url, retry, performance.now() - begun);
    if (failures >= attempts) {
      const tries = failures > 1 ? ` (${failures} attempts)` : "";
      throw new errorClass(`Cannot read ${name}: ${reason}${tries}`, { cause });
    }
    const milliseconds = Math.max(backoff(failures), wait ?? 0);
    await pause(access, { name, reason, milliseconds, failures, attempts });
  }
}

/** A server's refusal. */
async function refused(answer: Response, access: Access, retry: RetryPolicy): Promise<Failure> {
  const { status, statusText } = answer;
  await answer.body?.cancel();
  const wait = requestedWait(status, answer.headers);
  const endless = wait !== null && wait > MAX_WAIT_MS;
  const transient = status === 408 || status === 429 || status >= 500;
  const advice = access.explain?.(status) ??
    (status === 407
      ? "the proxy wants a name and a password: HTTPS_PROXY=http://NAME:PASSWORD@HOST:PORT"
      : !transient
      ? "check the address"
      : wait !== null && wait > 0
      ? `it asks to wait for ${Math.ceil(wait / 1000)} s`
      : "try again later");
  return {
    reason: `the server answered HTTP ${status} ${statusText}`.trimEnd() + `; ${advice}`,
    attempts: transient && !endless ? retry.attempts : 1,
    wait,
    cause: answer,
  };
}

/** What kept an answer from coming, which has been tried for so many milliseconds. */
function failed(cause: unknown, url: URL, retry: RetryPolicy, elapsed: number): Failure {
  if (cause instanceof Refusal) return { reason: cause.message, attempts: 1, wait: null, cause };
  const { reason, unreachable } = cause instanceof Silence
    ? { reason: cause.message, unreachable: true }
    : explainNetworkError(cause, url.host);
  const { attempts, attemptsToReach = attempts, reachMs = Infinity } = retry;
  if (!unreachable) return { reason, attempts, wait: null, cause };
  return { reason, attempts: elapsed > reachMs ? 1 : attemptsToReach, wait: null, cause };
}

/** The answer, or what kept it from coming. */
async function tryOnce(url: URL, headers: Headers, access: Access): Promise<unknown> {
  const { retry: { stallMs } = ONE_ATTEMPT, signal, onRedirect } = access;
  const stall = new AbortController();
  const timer = startTimer(stallMs, () => stall.abort(new Silence(stallMs)));
  const stop = signal ? AbortSignal.any([signal, stall.signal]) : stall.signal;
  try {
    const response = await follow(url, headers, stop, onRedirect);
    if (!response.ok) return response;
    return await refuseWebPage(response, encodingsOf(url, response.headers).length > 0);
  } catch (cause) {
    if (isPermissionDenied(cause)) throw cause;
    return cause;
  } finally {
    clearTimeout(timer);
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
        timer = startTimer(stallMs, () => reject(new Silence(stallMs)));
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

/** A connection that says nothing. */
class Silence extends Error {
  constructor(milliseconds: number) {
    super(`nothing came for ${milliseconds / 1000} seconds`);
  }
}

/** Waits before the next attempt, unless everything is stopped. */
async function pause({ retry = ONE_ATTEMPT, signal, onWait }: Access, wait: Wait): Promise<void> {
  onWait?.(wait);
  signal?.throwIfAborted();
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(signal!.reason);
  signal?.addEventListener("abort", stop);
  try {
    await Promise.race([retry.sleep(wait.milliseconds, signal), stopped.promise]);
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** 1 s, 2 s, 4 s …, at most a minute. */
function backoff(failures: number): number {
  return Math.min(60_000, 1000 * 2 ** (failures - 1));
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

/** Waits; a signal ends it, so that no timer keeps the program. */
function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener("abort", end);
  });
}
