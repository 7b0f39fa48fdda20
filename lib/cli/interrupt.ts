/**
 * Ctrl-C, SIGTERM, SIGHUP, SIGUSR1 and the end of the program that started this one, as a signal
 * that long loops poll, so that a program can finish its step and save before it ends.
 *
 * @module
 */

import { FlmError } from "../errors.ts";
import { environment } from "../system/environment.ts";
import { startInline } from "../system/inline_thread.ts";
import { listenToSignals, type SignalMessage, type StopCause } from "./signal_thread.ts";
import { isQuiet } from "./voice.ts";

/**
 * Milliseconds in which a signal may come again without being meant again: one Ctrl-C in a terminal
 * reaches a task twice or more, from the terminal and from each program above it that passes it on.
 */
const ECHO_TIME = 1000;

/**
 * Exit statuses by cause, as shells have them. SIGUSR1, which schedulers send shortly before the
 * time of a job is up, has `EX_TEMPFAIL` of sysexits.h: the same is to be tried again.
 */
const STATUSES: Partial<Record<StopCause, number>> = { SIGINT: 130, SIGTERM: 143, SIGUSR1: 75 };

const isWindows = () => Deno.build.os === "windows";

/**
 * What FLM_LIFETIME says of this program: `nohup`, it outlives its terminal, as the launcher finds
 * out (Deno forgets what was ignored before it); `stdin`, it ends with its standard input.
 */
function lifetime(): Set<string> {
  return new Set(environment("FLM_LIFETIME")?.split(" "));
}

/** Whether this program was started by one that says itself what becomes of it. */
export function isPartOfAnother(): boolean {
  return lifetime().has("stdin");
}

/** The environment of a program that is to end with its standard input, and else as this one. */
export function endsWithStdin(): Readonly<Record<string, string>> {
  return { FLM_LIFETIME: [...lifetime().add("stdin")].join(" ") };
}

/**
 * The signals that stop a program, and those that do nothing to it. One of these comes when a file
 * would become larger than `ulimit -f` allows: who writes it gets an error that says so. At SIGUSR1
 * Deno also opens its debugger, on this machine alone.
 */
export function stopSignals(): { stop: readonly Deno.Signal[]; ignore: readonly Deno.Signal[] } {
  if (isWindows()) return { stop: ["SIGINT"], ignore: [] };
  const stop = ["SIGINT", "SIGTERM", "SIGUSR1"] as const;
  return lifetime().has("nohup")
    ? { stop, ignore: ["SIGHUP", "SIGXFSZ"] }
    : { stop: [...stop, "SIGHUP"], ignore: ["SIGXFSZ"] };
}

/** The signals that ask a training for a checkpoint, after which it goes on. */
export function saveSignals(): readonly Deno.Signal[] {
  return isWindows() ? [] : ["SIGUSR2"];
}

/**
 * The process without which this one should not go on: that of `deno task`, of which INIT_CWD
 * tells. A program that was started by hand may outlive its shell: null.
 */
export function watchedParent(): number | null {
  return environment("INIT_CWD") === undefined ? null : Deno.ppid;
}

/** The program was asked to stop. */
export class InterruptedError extends FlmError {
  /** Why. */
  readonly stopCause: StopCause;
  /** The exit status that says so: 128 + the number of the signal; 75 at SIGUSR1. */
  readonly exitCode: number;
  /** The command that goes on from there; null if none does. */
  goOn: string | null;

  /**
   * Makes the error of one cause.
   *
   * @param cause Why the program should stop.
   * @param goOn The command that goes on from there, if there is one.
   */
  constructor(cause: StopCause, goOn: string | null = null) {
    super(describeCause(cause));
    this.stopCause = cause;
    this.goOn = goOn;
    this.exitCode = statusOf(cause);
  }
}

/**
 * Why a program that ended with a status was stopped; undefined if it was not. Who started it may
 * be told of the same signal, but later.
 */
export function stopCauseOf(exitCode: number): StopCause | undefined {
  return stopSignals().stop.find((cause) => statusOf(cause) === exitCode);
}

function statusOf(cause: StopCause): number {
  return STATUSES[cause] ?? 129;
}

function describeCause(cause: StopCause): string {
  if (cause === "SIGINT") return "Interrupted.";
  if (cause === "orphaned") return "Stopped, since the program that started this one has ended.";
  return `Stopped by ${cause}.`;
}

/** Options of {@linkcode Interrupt}. */
export interface InterruptOptions {
  /** A line that standard error shows when the program is about to stop; none unless told. */
  notice?: string;
  /** Whether SIGUSR2 asks for a checkpoint. */
  saves?: boolean;
  /** The command that goes on from where the program stops; none unless told, or told later. */
  goOn?: string;
  /** Milliseconds in which a signal counts as the one before; a second unless told. */
  echoTime?: number;
}

/** Why this program should stop, if it went on after it was asked to. */
let asked: StopCause | undefined;

/**
 * Listens to signals until it is disposed of. The first aborts {@linkcode signal}, whose reason is
 * an {@linkcode InterruptedError}; another Ctrl-C or SIGTERM, a second later or more, ends the
 * program at once. Where one part of a program was asked to stop and came to its end, that of the
 * next is aborted from the start.
 *
 * @example
 * ```ts ignore
 * using interrupt = new Interrupt({ notice: "Finishing this step." });
 * while (!interrupt.signal.aborted) await step();
 * await save();
 * interrupt.signal.throwIfAborted();
 * ```
 */
export class Interrupt implements Disposable {
  readonly #controller = new AbortController();
  readonly #ready = Promise.withResolvers<void>();
  readonly #thread: Worker;
  readonly #causes: readonly StopCause[];
  /** 1 + the index of the cause, once there is one. */
  readonly #noted = new Int32Array(new SharedArrayBuffer(4));
  #goOn: string | null;
  #saveRequested = false;

  /** Begins to listen. */
  constructor(
    { notice = "", saves = false, goOn, echoTime = ECHO_TIME }: InterruptOptions = {},
  ) {
    this.#goOn = goOn ?? null;
    if (asked !== undefined) this.#controller.abort(new InterruptedError(asked, this.#goOn));
    // On a terminal the notice takes the place of a progress bar.
    const line = Deno.stderr.isTerminal() ? `\r\x1b[K${notice}\n` : `${notice}\n`;
    const { stop, ignore } = stopSignals();
    this.#causes = [...stop, "orphaned"];
    this.#thread = startInline(listenToSignals, {
      causes: this.#causes,
      // Where there is nothing to save, its signals must not end the program, as they would.
      signals: { stop, ignore: saves ? ignore : [...ignore, ...saveSignals()] },
      saveSignals: saves ? saveSignals() : [],
      echoTime,
      parent: watchedParent(),
      readsStdin: lifetime().has("stdin"),
      notice: notice === "" || isQuiet() ? "" : line,
    });
    this.#thread.onmessage = ({ data }: MessageEvent<SignalMessage>) => this.#receive(data);
    this.#thread.postMessage(this.#noted);
  }

  /** Settled when the program listens; until then signals do what they usually do. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Aborted once the program should stop. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether a checkpoint was asked for since the last call. */
  takeSaveRequest(): boolean {
    const requested = this.#saveRequested;
    this.#saveRequested = false;
    return requested;
  }

  /** Says which command goes on from now on, also if the program has been asked to stop already. */
  goOnBy(command: string): void {
    this.#goOn = command;
    const { reason } = this.signal;
    if (reason instanceof InterruptedError) reason.goOn = command;
  }

  /** Stops listening: from now on the signals do what they usually do. */
  [Symbol.dispose](): void {
    this.#thread.terminate();
    // A message that was sent just now does not arrive any more.
    asked ??= this.#causes[Atomics.load(this.#noted, 0) - 1];
  }

  #receive(message: SignalMessage): void {
    if (message.kind === "ready") this.#ready.resolve();
    else if (message.kind === "save") this.#saveRequested = true;
    else this.#controller.abort(new InterruptedError(message.cause, this.#goOn));
  }
}
