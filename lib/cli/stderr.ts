/**
 * Writing to standard error without ever failing for it.
 *
 * @module
 */

/**
 * Writes text to standard error at once.
 *
 * @returns false if nobody reads it any more: a closed pipe is no reason to
 * lose a run.
 */
export function writeStderr(text: string): boolean {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let done = 0; done < bytes.length;) done += Deno.stderr.writeSync(bytes.subarray(done));
    return true;
  } catch {
    return false;
  }
}
