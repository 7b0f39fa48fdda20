/**
 * The thread that listens to signals for `Interrupt`. The thread of the program cannot: it waits
 * for the device, with a large model for half a minute at a time, and signals that come meanwhile
 * would reach it together and late.
 *
 * @module
 */

/** Why a program should stop: a signal, or the end of the program that started it. */
export type StopCause = Deno.Signal | "orphaned";

/** What the thread tells. */
export type SignalMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "stop"; readonly cause: StopCause }
  | { readonly kind: "save" };

/** What the thread listens to. */
export interface SignalThreadOptions {
  /** All that may stop the program. */
  readonly causes: readonly StopCause[];
  /** Signals that stop the program, and such that do nothing. */
  readonly signals: {
    readonly stop: readonly Deno.Signal[];
    readonly ignore: readonly Deno.Signal[];
  };
  /** Signals that ask for a checkpoint. */
  readonly saveSignals: readonly Deno.Signal[];
  /** Milliseconds after the first stop until the next signal ends the program. */
  readonly echoTime: number;
  /** The process whose end stops the program, or null. */
  readonly parent: number | null;
  /** Whether the end of standard input stops the program. */
  readonly readsStdin: boolean;
  /** What standard error shows at the first stop; may be empty. */
  readonly notice: string;
}

/**
 * What the thread runs. After the first stop (but SIGUSR1) and the time for its echoes it listens
 * to Ctrl-C and SIGTERM no more, so that the next ends the program at once, whatever that is doing.
 * It is sent a shared Int32Array, in which it notes 1 + the index of the cause, and then it is
 * ready.
 *
 * Its text becomes a program of its own, which takes neither a file nor a permission: it may use
 * nothing outside of itself.
 */
export function listenToSignals(options: SignalThreadOptions): void {
  const { causes, signals, saveSignals, echoTime, parent, readsStdin, notice } = options;
  const program = self as unknown as Worker;
  const tell = (message: SignalMessage) => program.postMessage(message);
  let noted = new Int32Array(1);
  let isStopped = false;
  let isLeaving = false;

  const stop = (cause: StopCause) => {
    if (!isStopped) {
      isStopped = true;
      Atomics.store(noted, 0, 1 + causes.indexOf(cause));
      tell({ kind: "stop", cause });
      try {
        if (notice !== "") Deno.stderr.writeSync(new TextEncoder().encode(notice));
      } catch {
        // Nobody reads it any more.
      }
    }
    // A scheduler asks ahead of time: what it sends when the time is up is the first of the others.
    if (isLeaving || cause === "SIGUSR1") return;
    isLeaving = true;
    setTimeout(() => {
      for (const [signal, listener] of listeners) {
        // A terminal may close more than once, and nobody means anything by that.
        if (signal === "SIGHUP" || signal === "SIGUSR1") continue;
        Deno.removeSignalListener(signal, listener);
      }
    }, echoTime);
  };
  const listeners = signals.stop.map((signal) => [signal, () => stop(signal)] as const);
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  for (const signal of signals.ignore) Deno.addSignalListener(signal, () => {});
  for (const signal of saveSignals) Deno.addSignalListener(signal, () => tell({ kind: "save" }));

  if (parent !== null) setInterval(() => Deno.ppid === parent || stop("orphaned"), 500);
  const awaitEnd = async () => {
    const bytes = new Uint8Array(64);
    try {
      while (await Deno.stdin.read(bytes) !== null);
    } catch {
      // What cannot be read has ended, too.
    }
    stop("orphaned");
  };
  if (readsStdin) awaitEnd();
  program.onmessage = ({ data }: MessageEvent<typeof noted>) => {
    noted = data;
    tell({ kind: "ready" });
  };
}
