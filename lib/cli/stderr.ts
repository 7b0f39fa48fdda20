/**
 * Writing to standard error without ever failing for it.
 *
 * @module
 */

import { writeAllSync } from "../system/write_all.ts";

/**
 * Writes text to standard error at once.
 *
 * @returns false if nobody reads it any more: a closed pipe is no reason to
 * lose a run.
 */
export function writeStderr(text: string): boolean {
  const bytes = new TextEncoder().encode(text);
  try {
    writeAllSync(Deno.stderr, bytes);
    return true;
  } catch {
    return false;
  }
}
