/**
 * Writing of all bytes, as `writeAll` of `@std/io` has it: the system may take fewer at a time.
 *
 * @module
 */

/** Writes all bytes to a file. @throws what the system says. */
export async function writeAll(
  file: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
}

/** Writes all bytes to a file or stream at once. @throws what the system says. */
export function writeAllSync(
  file: { writeSync(bytes: Uint8Array): number },
  bytes: Uint8Array,
): void {
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}
