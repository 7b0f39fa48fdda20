/**
 * CRC-32 as zip files have it: the polynomial 0xedb88320, bits reflected.
 *
 * @module
 */

/** Bytes taken in one step of the loop. */
const STEP = 8;

/** The CRC of byte b with k zero bytes behind it at 256·k + b. */
const TABLES = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(256 * STEP);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256]!;
    tables[at] = (before >>> 8) ^ tables[before & 0xff]!;
  }
  return tables;
}

/** A CRC-32 of bytes that come one piece after another. */
export class Crc32 {
  #state = -1;

  /** Adds bytes. */
  update(bytes: Uint8Array): this {
    const t = TABLES;
    let crc = this.#state;
    let i = 0;
    for (const end = bytes.length - STEP; i <= end; i += STEP) {
      crc ^= bytes[i]! | bytes[i + 1]! << 8 | bytes[i + 2]! << 16 | bytes[i + 3]! << 24;
      crc = t[1792 + (crc & 0xff)]! ^ t[1536 + (crc >>> 8 & 0xff)]! ^
        t[1280 + (crc >>> 16 & 0xff)]! ^ t[1024 + (crc >>> 24)]! ^
        t[768 + bytes[i + 4]!]! ^ t[512 + bytes[i + 5]!]! ^ t[256 + bytes[i + 6]!]! ^
        t[bytes[i + 7]!]!;
    }
    for (; i < bytes.length; i++) crc = (crc >>> 8) ^ t[(crc ^ bytes[i]!) & 0xff]!;
    this.#state = crc;
    return this;
  }

  /** The CRC of all bytes so far, from 0 up. */
  get value(): number {
    return ~this.#state >>> 0;
  }
}

/** The CRC-32 of bytes. */
export function crc32(bytes: Uint8Array): number {
  return new Crc32().update(bytes).value;
}
