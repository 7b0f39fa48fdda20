/**
 * A record of a TFRecord file: the length of its data, the data, and a checksum of each.
 *
 * @module
 */

import { crc32c } from "./crc32c.ts";

/** Bytes of the length and its checksum, and of the checksum behind the data. */
const [HEAD, TAIL] = [12, 4];

/** A checksum as records have it: rotated, since data may hold checksums of its own. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return ((crc >>> 15 | crc << 17) + 0xa282ead8) >>> 0;
}

/** The bytes of a record. */
export function frameRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(HEAD + data.length + TAIL);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(record.subarray(0, 8)), true);
  record.set(data, HEAD);
  view.setUint32(HEAD + data.length, masked(data), true);
  return record;
}
