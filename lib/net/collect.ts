/**
 * Bodies that are kept in memory, up to a bound.
 *
 * @module
 */

import type { ErrorClass } from "../errors.ts";
import type { Download } from "./retrying_fetch.ts";

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
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of answer.body) {
    size += chunk.length;
    if (size > limit.maxBytes) throw tooLarge(name, `${size} or more`, limit);
    chunks.push(chunk);
  }
  return await new Blob(chunks).bytes();
}

/** The error of a file that is larger than a limit. */
export function tooLarge(name: string, size: string, limit: SizeLimit): Error {
  const { maxBytes, reason, errorClass } = limit;
  return new errorClass(
    `Cannot read ${name}: it has ${size} bytes, at most ${maxBytes} are ${reason}`,
  );
}
