/**
 * How every program starts and how it speaks of its errors.
 *
 * @module
 */

import { FlmError, isPermissionDenied } from "../errors.ts";
import { InterruptedError } from "./interrupt.ts";
import { writeStderr } from "./stderr.ts";

/** What a person reads about an error, and the exit status of the program. */
export interface Explanation {
  /** The text, without a final newline. */
  readonly text: string;
  /** The exit status. */
  readonly exitCode: number;
}

/**
 * Runs a program. If it throws, prints what {@linkcode explainError} says and
 * exits with its status.
 */
export async function runMain(main: () => void | Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const { text, exitCode } = explainError(error);
    writeStderr(`${text}\n`);
    Deno.exit(exitCode);
  }
}

/**
 * Puts an error into words: an {@linkcode FlmError} is its message alone, a
 * denied permission says which flag allows it, anything else is a fault of the
 * program and comes with its stack.
 */
export function explainError(error: unknown): Explanation {
  if (error instanceof InterruptedError) return { text: error.message, exitCode: error.exitCode };
  if (error instanceof FlmError) return { text: `error: ${error.message}`, exitCode: 1 };
  if (isPermissionDenied(error)) {
    return { text: explainDenied(error as Error), exitCode: 1 };
  }
  const stack = error instanceof Error ? Deno.inspect(error) : `Thrown: ${Deno.inspect(error)}`;
  return { text: `error: this is a fault of the program\n${stack}`, exitCode: 1 };
}

function explainDenied({ message }: Error): string {
  const [, access, target, flag] =
    /^Requires (\w+) access(?: to "?(.+?)"?)?, run again with the (--allow-\w+) flag/.exec(
      message,
    ) ?? [];
  if (flag === undefined) return `error: permission denied: ${message}`;
  const grant = target === undefined || /[<\s]/.test(target) ? flag : `${flag}=${target}`;
  return `error: the program has no ${access} access${
    target === undefined ? "" : ` to ${target}`
  }` +
    `\nTo allow it, take the command line of deno run (a task's is in deno.json) and add ${grant}`;
}
