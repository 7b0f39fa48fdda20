/**
 * Writing to standard error without ever failing for it.
 *
 * @module
 */

import { writeAllSync } from "../system/write_all.ts";
import { errorPrefix, isQuiet } from "./voice.ts";

/** Takes the last line of a terminal away. */
export const CLEAR_LINE = "\r\x1b[K";

/** Whether the last line is a bar. */
let hasBar = false;

/**
 * Writes what a progress bar shows on a terminal: if it does not end its line, whatever is written
 * next takes its place.
 */
export function writeBar(text: string): void {
  hasBar = false;
  writeStderr(text);
  hasBar = !text.endsWith("\n") && text !== CLEAR_LINE;
}

/** Takes a bar away before something is written to the same terminal. */
export function clearBar(): void {
  if (hasBar) writeStderr("");
}

/**
 * Writes text to standard error at once; nothing where another process speaks for this one, or only
 * results are asked for.
 *
 * @returns false if nobody reads it any more: a closed pipe is no reason to
 * lose a run.
 */
export function writeStderr(text: string): boolean {
  return isQuiet() || write(withoutBar(text));
}

/** Writes what this process fails at, whoever speaks for it. */
export function writeFailure(text: string): void {
  write(withoutBar(`${errorPrefix()}${text}`));
}

function withoutBar(text: string): string {
  const hadBar = hasBar;
  hasBar = false;
  return hadBar ? CLEAR_LINE + text : text;
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
