/**
 * Bodies that are kept in memory, up to a bound.
 *
 * @module
 */

import type { ErrorClass } from "../errors.ts";
import { concat } from "../system/concat.ts";
import { limitedBytes } from "./limited_bytes.ts";
import type { Download } from "./download.ts";

/** How much may be kept in memory. */
export interface SizeLimit {
  readonly maxBytes: number;
  /** What messages say of a larger file: `at most N bytes are …`. */
  readonly reason: string;
  readonly errorClass: ErrorClass;
}

/**
 * All bytes of a body.
 *
 * @param name What messages call it.
 * @throws {FlmError} if there are more than the limit; a body without end is left there.
 */
export async function collectBody(
  answer: Download,
  name: string,
  limit: SizeLimit,
): Promise<Uint8Array<ArrayBuffer>> {
  if (answer.length !== null && answer.length > limit.maxBytes) {
    await answer.cancel();
    throw tooLarge(name, `${answer.length}`, limit);
  }
  const body = limitedBytes(
    answer.body,
    limit.maxBytes,
    (size) => tooLarge(name, `${size} or more`, limit),
  );
  return concat(await Array.fromAsync(body));
}

/** The error of a file that is larger than a limit. */
export function tooLarge(name: string, size: string, limit: SizeLimit): Error {
  const { maxBytes, reason, errorClass } = limit;
  return new errorClass(
    `Cannot read ${name}: it has ${size} bytes, at most ${maxBytes} are ${reason}`,
  );
}
