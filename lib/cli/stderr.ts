/**
 * Writing to standard error without ever failing for it.
 *
 * @module
 */

import { writeAllSync } from "../system/write_all.ts";
import { errorPrefix, isSilent } from "./voice.ts";

/**
 * Writes text to standard error at once; nothing where another process speaks for this one.
 *
 * @returns false if nobody reads it any more: a closed pipe is no reason to
 * lose a run.
 */
export function writeStderr(text: string): boolean {
  return isSilent() || write(text);
}

/** Writes what this process fails at, whoever speaks for it. */
export function writeFailure(text: string): void {
  write(`${errorPrefix()}${text}`);
}

function write(text: string): boolean {
  const bytes = new TextEncoder().encode(text);
  try {
    writeAllSync(Deno.stderr, bytes);
    return true;
  } catch {
    return false;
  }
}
