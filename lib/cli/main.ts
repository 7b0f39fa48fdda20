/**
 * How every program starts and how it speaks of its errors.
 *
 * @module
 */

import { FlmError, isPermissionDenied } from "../errors.ts";
import { systemCode } from "../system/system_error.ts";
import { visibleText } from "../system/visible.ts";
import { HelpShownError } from "./command_line.ts";
import { InterruptedError, isPartOfAnother } from "./interrupt.ts";
import { writeFailure } from "./stderr.ts";
import { OutputClosedError } from "./stdout.ts";
import { showLongWork } from "./work_bar.ts";

/** What a person reads about an error, and the exit status of the program. */
export interface Explanation {
  /** The text, without a final newline; empty if there is nothing to say. */
  readonly text: string;
  /** The exit status. */
  readonly exitCode: number;
}

/** Options of {@linkcode runMain}. */
export interface MainOptions {
  /**
   * The command that goes on after the program was interrupted, whatever part of it says how that
   * part would go on alone; none unless told.
   */
  readonly goOn?: string;
  /**
   * What a program that is one of several does when it fails, with its exit status: it calls
   * `speak`, and sees to the others. It may end the program itself.
   */
  readonly onFailure?: (speak: () => void, exitCode: number) => void;
}

/**
 * Runs a program. If it throws, or a promise fails that nobody awaits, prints what
 * {@linkcode explainError} says and exits with its status.
 */
export async function runMain(
  main: () => void | Promise<void>,
  options: MainOptions = {},
): Promise<void> {
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    fail(event.reason, options);
  });
  showLongWork();
  try {
    await main();
  } catch (error) {
    fail(error, options);
  }
}

function fail(error: unknown, options: MainOptions): never {
  const { text, exitCode } = explainError(error, options);
  const speak = () => void (text !== "" && writeFailure(`${text}\n`));
  if (options.onFailure === undefined) speak();
  else options.onFailure(speak, exitCode);
  Deno.exit(exitCode);
}

/**
 * Puts an error into words: an {@linkcode FlmError} is its message alone, a
 * denied permission says which flag allows it, an error of the operating system what that says;
 * anything else is a fault of the program and comes with its stack. What a message quotes may be
 * foreign: its control characters are shown. Who interrupts a program is told how to go on, unless
 * the program that started it says so.
 */
export function explainError(error: unknown, options: MainOptions = {}): Explanation {
  if (error instanceof OutputClosedError || error instanceof HelpShownError) {
    return { text: "", exitCode: error.exitCode };
  }
  if (error instanceof InterruptedError) {
    const goOn = isPartOfAnother() ? null : options.goOn ?? error.goOn;
    const text = goOn === null ? error.message : `${error.message} To go on: ${goOn}`;
    return { text, exitCode: error.exitCode };
  }
  return { text: visibleText(`error: ${describeError(error)}`), exitCode: 1 };
}

function describeError(error: unknown): string {
  if (error instanceof FlmError) return error.message;
  if (isPermissionDenied(error)) return explainDenied(error as Error);
  if (systemCode(error) !== null) return `the system says "${(error as Error).message}"`;
  const stack = error instanceof Error ? Deno.inspect(error) : `Thrown: ${Deno.inspect(error)}`;
  return `this is a fault of the program\n${stack}`;
}

function explainDenied({ message }: Error): string {
  const [, access, target, flag] =
    /^Requires (\w+) access(?: to "?(.+?)"?)?, run again with the (--allow-\w+) flag/s.exec(
      message,
    ) ?? [];
  if (flag === undefined) return `permission denied: ${message}`;
  if (access === "all") {
    return `${target} cannot be used: it lies where Deno lets only programs with ${flag}, as in ` +
      `/dev, /proc and /sys. Name another path.`;
  }
  const grant = target === undefined || /[<\s,]/.test(target) ? flag : `${flag}=${target}`;
  return `the program has no ${access} access${target === undefined ? "" : ` to ${target}`}` +
    `\nTo allow it, take the command line of deno run (a task's is in deno.json) and add ${grant}`;
}
