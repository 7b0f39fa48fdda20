/**
 * Tasks run as processes of their own, each under the permissions that deno.json gives it.
 *
 * @module
 */

import {
  endsWithStdin,
  InterruptedError,
  saveSignals,
  stopSignals,
  watchedParent,
} from "../../lib/cli/interrupt.ts";
import type { StopCause } from "../../lib/cli/signal_thread.ts";
import { isQuiet } from "../../lib/cli/voice.ts";
import { FlmError } from "../../lib/errors.ts";
import { BACKEND_VARIABLE, type BackendName } from "../../lib/gpu/backend.ts";
import { taskCommand } from "../../lib/system/task_command.ts";
import { dawnCommand, type DenoJson } from "./dawn_command.ts";

/**
 * Runs a task and waits for its end; it writes to this program's output. Signals are passed on, so
 * that a training can save first, and if the program that started this one ends, it is stopped too.
 *
 * @param backend The way to the GPU, if the task uses one.
 * @throws {FlmError} if it fails.
 * @throws {InterruptedError} if it was interrupted.
 */
export async function runTask(
  task: string,
  args: readonly string[],
  backend: BackendName,
): Promise<void> {
  const child = spawn(task, await taskArguments(task, args, backend), backend);
  using stop = new PassedSignals(child);
  const { success, code, signal } = await child.status;
  if (stop.cause !== undefined) throw new InterruptedError(stop.cause);
  if (success) return;
  const how = signal === null ? `exit status ${code}` : signal;
  throw new FlmError(
    `${taskCommand(task)} ended with ${how}; what it says is above. Once that is mended, the ` +
      `same command goes on from there.`,
  );
}

/** The process without which no task should go on. */
const parent = watchedParent();

/** Passes on to a task what stops this program. */
class PassedSignals implements Disposable {
  /** Why the task was stopped, if it was. */
  cause: StopCause | undefined;
  readonly #child: Deno.ChildProcess;
  readonly #listeners: (readonly [Deno.Signal, () => void])[];
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    const { stop, ignore } = stopSignals();
    this.#listeners = [
      ...stop.map((signal) => [signal, () => this.#stop(signal)] as const),
      ...ignore.map((signal) => [signal, () => {}] as const),
      ...saveSignals().map((signal) => [signal, () => this.#pass(signal)] as const),
    ];
    for (const [signal, listener] of this.#listeners) Deno.addSignalListener(signal, listener);
    this.#timer = setInterval(() => {
      if (parent !== null && parent !== Deno.ppid && this.cause === undefined) {
        this.#stop("orphaned");
      }
    }, 500);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const [signal, listener] of this.#listeners) Deno.removeSignalListener(signal, listener);
  }

  #stop(cause: StopCause): void {
    this.cause ??= cause;
    this.#pass(cause === "orphaned" ? "SIGTERM" : cause);
  }

  #pass(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended by itself.
    }
  }
}

/** The arguments of `deno` that run a task: one that is to load Dawn may load native code. */
async function taskArguments(
  task: string,
  args: readonly string[],
  backend: BackendName,
): Promise<string[]> {
  const command = backend === "dawn" ? dawnCommand(task, await readDenoJson()) : null;
  const chosen = command === null ? [task] : ["--eval", command];
  return ["task", "--quiet", ...chosen, ...args, ...isQuiet() ? ["--quiet"] : []];
}

async function readDenoJson(): Promise<DenoJson> {
  return JSON.parse(await Deno.readTextFile("deno.json"));
}

function spawn(task: string, args: readonly string[], backend: BackendName): Deno.ChildProcess {
  const command = new Deno.Command("deno", {
    args: [...args],
    // It ends when this program does, however that happens.
    stdin: "piped",
    // Paths in the arguments belong to this folder.
    env: { INIT_CWD: Deno.cwd(), [BACKEND_VARIABLE]: backend, ...endsWithStdin() },
  });
  try {
    return command.spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new FlmError(
      `Cannot run ${taskCommand(task)}: there is no program "deno" on the PATH. Add its folder ` +
        `to the PATH, or use the launcher: ./flm reproduce.`,
      { cause: error },
    );
  }
}
