/**
 * Tasks run as processes of their own, each under the permissions that deno.json gives it.
 *
 * @module
 */

import {
  endsWithStdin,
  InterruptedError,
  saveSignals,
  stopCauseOf,
  stopSignals,
  watchedParent,
} from "../../lib/cli/interrupt.ts";
import type { StopCause } from "../../lib/cli/signal_thread.ts";
import { isQuiet } from "../../lib/cli/voice.ts";
import { FlmError } from "../../lib/errors.ts";
import { BACKEND_VARIABLE, type BackendName } from "../../lib/gpu/backend.ts";
import { taskCommand } from "../../lib/system/task_command.ts";
import { dawnCommand, type DenoJson } from "./dawn_command.ts";

/** The exit status of a program that SIGKILL has ended, which cannot say so itself. */
const KILLED = 128 + 9;

/** The process without which no task should go on. */
const parent = watchedParent();

/**
 * Runs tasks, one at a time. What stops this program is passed on to the task that runs, so that a
 * training can save first; if the program that started this one ends, it is stopped, too.
 */
export class TaskRunner implements Disposable {
  readonly #backend: BackendName;
  readonly #stopped = Promise.withResolvers<never>();
  readonly #listeners: (readonly [Deno.Signal, () => void])[];
  readonly #timer: ReturnType<typeof setInterval>;
  /** The task that runs. */
  #child: Deno.ChildProcess | null = null;
  /** Why the program was stopped, if it was. */
  #cause: StopCause | undefined;

  /**
   * Begins to listen.
   *
   * @param backend The way to the GPU of the tasks that use one.
   */
  constructor(backend: BackendName) {
    this.#backend = backend;
    const { stop, ignore } = stopSignals();
    this.#listeners = [
      ...stop.map((signal) => [signal, () => this.#stop(signal)] as const),
      ...ignore.map((signal) => [signal, () => {}] as const),
      ...saveSignals().map((signal) => [signal, () => this.#pass(signal)] as const),
    ];
    for (const [signal, listener] of this.#listeners) Deno.addSignalListener(signal, listener);
    this.#timer = setInterval(() => {
      if (parent !== null && parent !== Deno.ppid && this.#cause === undefined) {
        this.#stop("orphaned");
      }
    }, 500);
  }

  /** Fails with an {@linkcode InterruptedError} when the program is stopped while no task runs. */
  get stopped(): Promise<never> {
    return this.#stopped.promise;
  }

  /**
   * Runs a task and waits for its end; it writes to this program's output.
   *
   * @throws {FlmError} if it fails.
   * @throws {InterruptedError} if it was interrupted.
   */
  async run(task: string, args: readonly string[]): Promise<void> {
    const command = await taskArguments(task, args, this.#backend);
    if (this.#cause !== undefined) throw new InterruptedError(this.#cause);
    const child = this.#child = spawn(task, command, this.#backend);
    const { success, code, signal } = await child.status;
    this.#child = null;
    this.#cause ??= stopCauseOf(code);
    if (this.#cause !== undefined) throw new InterruptedError(this.#cause);
    if (success) return;
    const name = taskCommand(task);
    throw new FlmError(
      code === KILLED
        ? `${name} was killed by another program (SIGKILL), or by the system, as where there is no ` +
          `memory left. The same command goes on from there.`
        : `${name} ended with ${
          signal ?? `exit status ${code}`
        }; what it says is above. Once that ` +
          `is mended, the same command goes on from there.`,
    );
  }

  /**
   * Stops listening: from now on the signals do what they usually do. A program that was stopped
   * listens to its end, since the signal that its task has had may be on its way to it yet.
   */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    if (this.#cause !== undefined) return;
    for (const [signal, listener] of this.#listeners) Deno.removeSignalListener(signal, listener);
  }

  #stop(cause: StopCause): void {
    this.#cause ??= cause;
    if (this.#child === null) this.#stopped.reject(new InterruptedError(cause));
    else this.#pass(cause === "orphaned" ? "SIGTERM" : cause);
  }

  #pass(signal: Deno.Signal): void {
    try {
      this.#child?.kill(signal);
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
