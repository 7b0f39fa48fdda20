/**
 * Requests that are repeated: servers that are busy are asked again later.
 *
 * @module
 */

import { DataError, type ErrorClass, isPermissionDenied } from "../errors.ts";
import { encodingsOf } from "./content_encoding.ts";
import { follow, Refusal } from "./follow.ts";
import { explainNetworkError } from "./network_error.ts";
import { requestedWait } from "./rate_limit.ts";
import {
  afterContact,
  type Attendance,
  backoff,
  ONE_ATTEMPT,
  pause,
  type RetryPolicy,
} from "./retry_policy.ts";
import { Silence, silenceSignal } from "./silence.ts";
import { refuseWebPage } from "./web_page.ts";

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

/**
 * One answer that is of use, 2xx or, to who asks for a range, 416, after as many requests as it
 * takes.
 *
 * @param name What messages call what is asked for.
 * @throws {FlmError} (of `access.errorClass`) if the server refuses, which then is the error's
 * `cause` as a `Response`, sends a web page for a file, cannot be reached or keeps failing.
 */
export async function request(
  url: URL,
  name: string,
  access: Access,
  range: RequestedRange | undefined,
): Promise<Response> {
  const { errorClass = DataError } = access;
  let { retry = ONE_ATTEMPT } = access;
  const headers = new Headers(access.headers);
  // Ranges count the bytes of the encoding sent, so ask for none.
  headers.set("accept-encoding", "identity");
  if (range !== undefined) headers.set("range", `bytes=${range.first}-${range.last ?? ""}`);
  const begun = performance.now();
  for (let failures = 1;; failures++) {
    const outcome = await tryOnce(url, headers, access);
    access.signal?.throwIfAborted();
    if (outcome instanceof Response) {
      if (outcome.ok || (outcome.status === 416 && range !== undefined)) return outcome;
      retry = afterContact(retry);
    }
    const { reason, attempts, wait, cause } = outcome instanceof Response
      ? await refused(outcome, access, retry)
      : failed(outcome, url, retry, performance.now() - begun);
    if (failures >= attempts) {
      const tries = failures > 1 ? ` (${failures} attempts)` : "";
      throw new errorClass(`Cannot read ${name}: ${reason}${tries}`, { cause });
    }
    const milliseconds = Math.max(backoff(failures), wait ?? 0);
    await pause(retry, access, { name, reason, milliseconds, failures, attempts });
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
  const silence = silenceSignal(stallMs);
  const stop = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal;
  try {
    const response = await follow(url, headers, stop, onRedirect);
    if (!response.ok) return response;
    return await refuseWebPage(response, encodingsOf(url, response.headers).length > 0);
  } catch (cause) {
    if (isPermissionDenied(cause)) throw cause;
    return cause;
  } finally {
    silence.end();
  }
}
