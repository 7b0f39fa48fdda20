/**
 * How often a server is asked, how long it may say nothing, and the pauses between attempts.
 *
 * @module
 */

import { abortable } from "../system/abortable.ts";
import { sleep } from "../system/pause.ts";

/** How often and how patiently a request is repeated. */
export interface RetryPolicy {
  /** Requests in a row that bring next to nothing new before giving up. */
  readonly attempts: number;
  /** The same where no server is reached at all; as `attempts` unless given. */
  readonly attemptsToReach?: number;
  /** Milliseconds after which a server that was not reached is given up; no limit unless given. */
  readonly reachMs?: number;
  /** Milliseconds in which next to nothing comes, after which a connection counts as broken. */
  readonly stallMs: number;
  /** Waits for so many milliseconds, or until the signal ends it. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** No second request, and no long silence: for what a person waits for. */
export const ONE_ATTEMPT: RetryPolicy = { attempts: 1, stallMs: 60_000, sleep };

/** Some seconds of waiting in all: for large files that a person waits for. */
export const BRIEF: RetryPolicy = { attempts: 3, attemptsToReach: 1, stallMs: 60_000, sleep };

/** Six minutes of waiting in all, more if the server says so: for long downloads. */
export const PATIENT: RetryPolicy = { attempts: 12, stallMs: 60_000, sleep };

/** A policy for a first request: where there is no network, nobody should wait for long. */
export function firstContact(retry: RetryPolicy): RetryPolicy {
  return { ...retry, attemptsToReach: Math.min(3, retry.attempts), reachMs: 10_000 };
}

/** The same once the server has answered: it may be away for longer. */
export function afterContact(retry: RetryPolicy): RetryPolicy {
  return { ...retry, attemptsToReach: retry.attempts, reachMs: Infinity };
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

/** Waits before the next attempt. @throws the signal's reason, once that is given. */
export async function pause(
  retry: RetryPolicy,
  { signal, onWait }: Attendance,
  wait: Wait,
): Promise<void> {
  onWait?.(wait);
  signal?.throwIfAborted();
  await abortable(retry.sleep(wait.milliseconds, signal), signal);
}

/** Milliseconds before the next attempt: 1 s, 2 s, 4 s …, at most a minute. */
export function backoff(failures: number): number {
  return Math.min(60_000, 1000 * 2 ** (failures - 1));
}
