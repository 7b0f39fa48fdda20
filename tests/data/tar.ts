/**
 * Tar archives for tests.
 *
 * @module
 */

import { concat } from "../../lib/system/concat.ts";

/** What an archive has of a file. */
export interface TarContent {
  /** Its path, as far as it fits. */
  path: string;
  /** Its text; none unless given. */
  content?: string;
  /** `0`, a regular file, unless given. */
  type?: string;
  /** What its path begins with. */
  prefix?: string;
  /** Writes the size in binary, as GNU tar does for large files. */
  binarySize?: boolean;
}

/** A header of 512 bytes and the content, filled up to such blocks. */
function blocksOf(
  { path, content = "", type = "0", prefix = "", binarySize }: TarContent,
): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const body = encoder.encode(content);
  const bytes = new Uint8Array(512 + Math.ceil(body.length / 512) * 512);
  const put = (text: string, offset: number) => bytes.set(encoder.encode(text), offset);
  put(path, 0);
  put("0000644\0", 100);
  if (binarySize) {
    bytes[124] = 0x80;
    new DataView(bytes.buffer).setUint32(132, body.length);
  } else {
    put(body.length.toString(8).padStart(11, "0"), 124);
  }
  put(type, 156);
  put("ustar\0" + "00", 257);
  put(prefix, 345);
  put(" ".repeat(8), 148);
  const sum = bytes.subarray(0, 512).reduce((sum, byte) => sum + byte, 0);
  put(sum.toString(8).padStart(6, "0") + "\0 ", 148);
  bytes.set(body, 512);
  return bytes;
}

/** An archive, which ends with so many zeros. */
export function tar(entries: readonly TarContent[], zeros = 1024): Uint8Array<ArrayBuffer> {
  return concat([...entries.map(blocksOf), new Uint8Array(zeros)]);
}
