/**
 * Tasks run as processes of their own, each under the permissions that deno.json gives it.
 *
 * @module
 */

import { InterruptedError } from "../../lib/cli/interrupt.ts";
import { FlmError } from "../../lib/errors.ts";

/** The command line of a task, for people and their shells. */
export function commandLine(task: string, args: readonly string[]): string {
  return ["deno", "task", task, ...args].map(quoted).join(" ");
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * Runs a task and waits for its end; it writes to this program's output. Ctrl-C and SIGTERM are
 * passed on, so that a training can save first.
 *
 * @throws {FlmError} if it fails.
 * @throws {InterruptedError} if it was interrupted.
 */
export async function runTask(task: string, args: readonly string[]): Promise<void> {
  const child = spawn(task, args);
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  let received: Deno.Signal | undefined;
  const listeners = signals.map((signal) => {
    const listener = () => {
      received = signal;
      try {
        child.kill(signal);
      } catch {
        // It has ended by itself.
      }
    };
    Deno.addSignalListener(signal, listener);
    return [signal, listener] as const;
  });
  try {
    const { success, code, signal } = await child.status;
    if (received !== undefined) throw new InterruptedError(received);
    if (success) return;
    const how = signal === null ? `exit status ${code}` : signal;
    throw new FlmError(
      `deno task ${task} ended with ${how}; what it says is above. Once that is mended, the same ` +
        `command goes on from there.`,
    );
  } finally {
    for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
  }
}

function spawn(task: string, args: readonly string[]): Deno.ChildProcess {
  const command = new Deno.Command("deno", {
    args: ["task", "--quiet", task, ...args],
    stdin: "null",
    // Paths in the arguments belong to this folder.
    env: { INIT_CWD: Deno.cwd() },
  });
  try {
    return command.spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new FlmError(
      `Cannot run deno task ${task}: there is no program "deno" on the PATH. Add its folder to the ` +
        `PATH, or use the launcher: ./flm reproduce.`,
      { cause: error },
    );
  }
}
