/**
 * Ctrl-C and SIGTERM as a signal that long loops poll, so that a program can
 * finish its step and save before it ends.
 *
 * @module
 */

import { FlmError } from "../errors.ts";

/**
 * Milliseconds in which a signal may come again without being meant again: one Ctrl-C in a terminal
 * reaches a task twice or more, from the terminal and from each program above it that passes it on.
 */
const ECHO_TIME = 1000;

/** The program was asked to stop. */
export class InterruptedError extends FlmError {
  /** The exit status that says so: 128 + the number of the signal. */
  readonly exitCode: number;

  /**
   * Makes the error of one signal.
   *
   * @param signal The signal that came.
   */
  constructor(signal: Deno.Signal) {
    super(signal === "SIGINT" ? "Interrupted." : `Stopped by ${signal}.`);
    this.exitCode = exitCodeOf(signal);
  }
}

/**
 * Listens for Ctrl-C and SIGTERM until it is disposed of. The first aborts
 * {@linkcode signal}, whose reason is an {@linkcode InterruptedError}; another
 * one, a second later or more, ends the program at once.
 *
 * @example
 * ```ts ignore
 * using interrupt = new Interrupt(() => console.error("finishing this step"));
 * while (!interrupt.signal.aborted) await step();
 * await save();
 * interrupt.signal.throwIfAborted();
 * ```
 */
export class Interrupt implements Disposable {
  readonly #controller = new AbortController();
  readonly #listeners: [Deno.Signal, () => void][];

  /**
   * Begins to listen.
   *
   * @param onFirst Called at the first signal, to tell the person that the
   * program is about to stop.
   * @param now The time in milliseconds.
   */
  constructor(onFirst: () => void = () => {}, now: () => number = () => performance.now()) {
    let first = 0;
    // Windows knows no SIGTERM.
    const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
    this.#listeners = signals.map((signal) => [signal, () => {
      if (this.#controller.signal.aborted) {
        if (now() - first >= ECHO_TIME) Deno.exit(exitCodeOf(signal));
        return;
      }
      first = now();
      this.#controller.abort(new InterruptedError(signal));
      onFirst();
    }]);
    for (const [signal, listener] of this.#listeners) Deno.addSignalListener(signal, listener);
  }

  /** Aborted once the program should stop. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Stops listening: from now on the signals do what they usually do. */
  [Symbol.dispose](): void {
    for (const [signal, listener] of this.#listeners) Deno.removeSignalListener(signal, listener);
  }
}

function exitCodeOf(signal: Deno.Signal): number {
  return signal === "SIGTERM" ? 143 : 130;
}
