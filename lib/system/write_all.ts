/**
 * Writing of all bytes, as `writeAll` of `@std/io` has it: the system may take fewer at a time.
 *
 * @module
 */

import { pause } from "./pause.ts";
import { systemCode } from "./system_error.ts";

/** Milliseconds until a full pipe that does not block is tried again. */
const FULL_MS = 10;

/** Writes all bytes to a file. @throws what the system says. */
export async function writeAll(
  file: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
}

/**
 * Writes all bytes to a file or stream at once. Whoever shares a pipe or terminal may have set it
 * not to block (other programs do so to all that has it open): a full one is waited for all the
 * same.
 *
 * @throws what the system says.
 */
export function writeAllSync(
  file: { writeSync(bytes: Uint8Array): number },
  bytes: Uint8Array,
): void {
  for (let done = 0; done < bytes.length;) {
    try {
      done += file.writeSync(bytes.subarray(done));
    } catch (error) {
      if (systemCode(error) !== "EAGAIN") throw error;
      pause(FULL_MS);
    }
  }
}
