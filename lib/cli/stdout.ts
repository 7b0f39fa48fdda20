/**
 * Writing to standard output.
 *
 * @module
 */

import { FlmError } from "../errors.ts";
import { explainSystemError, systemCode } from "../system/system_error.ts";
import { writeAllSync } from "../system/write_all.ts";
import { clearBar } from "./stderr.ts";
import { isQuiet, isSilent, speaksJson } from "./voice.ts";

const isTerminal = Deno.stdout.isTerminal();

/** Nobody reads standard output any more, as after `| head`: programs end without a word. */
export class OutputClosedError extends FlmError {
  /** The exit status of a program that ends for it: 128 + the number of SIGPIPE. */
  readonly exitCode = 141;

  /** Makes the error. */
  constructor() {
    super("Nobody reads standard output any more.");
  }
}

/**
 * Prints a text and ends the line; nothing where another process speaks for this one.
 *
 * @throws {FlmError} if standard output cannot be written, for instance to a full disk.
 * @throws {OutputClosedError} if nobody reads it any more.
 */
export function print(text: string): void {
  if (isSilent()) return;
  if (isTerminal) clearBar();
  const bytes = new TextEncoder().encode(`${text}\n`);
  try {
    writeAllSync(Deno.stdout, bytes);
  } catch (error) {
    const code = systemCode(error);
    // A terminal that was closed fails as a disk would.
    if (code === "EPIPE" || (code === "EIO" && isTerminal)) throw new OutputClosedError();
    throw explainSystemError("write", "standard output", error);
  }
}

/** Prints what is no result, but said on the way to it; nothing where results alone are wanted. */
export function tell(text: string): void {
  if (!isQuiet() && !speaksJson()) print(text);
}

/** Prints a result: as JSON if that is asked for, else in words. */
export function printResult(result: unknown, inWords: () => string): void {
  print(speaksJson() ? JSON.stringify(result, null, 2) : inWords());
}
