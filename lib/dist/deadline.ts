/**
 * An end to calls of native code that may never come back, and keep this thread from all else.
 *
 * @module
 */

import { startInline } from "../system/inline_thread.ts";

/** Seconds for last words to be heard. */
const HEARD_SECONDS = 2;

/** The most seconds that timers can wait for. */
const MAX_SECONDS = 2_000_000;

/** Until it is disposed of, this process has an end in time. */
export class Deadline implements Disposable {
  readonly #alarm: (seconds: number) => number;
  readonly #thread: Worker;

  /**
   * @param seconds How long what follows may take.
   * @param lastWords What is then written to standard error, before SIGALRM ends this process.
   * @param alarm The C library's.
   */
  constructor(seconds: number, lastWords: string, alarm: (seconds: number) => number) {
    const bounded = Math.min(seconds, MAX_SECONDS);
    this.#thread = startInline(speakLater, [1000 * bounded, lastWords] as const);
    this.#alarm = alarm;
    alarm(Math.ceil(bounded) + HEARD_SECONDS);
  }

  [Symbol.dispose](): void {
    this.#alarm(0);
    this.#thread.terminate();
  }
}

/** What its thread does, which has nothing but this function. */
function speakLater([milliseconds, text]: readonly [number, string]): void {
  setTimeout(() => Deno.stderr.writeSync(new TextEncoder().encode(text)), milliseconds);
}
