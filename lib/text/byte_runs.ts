/**
 * Short runs of bytes within longer texts: their hashes, and whether two are the same.
 *
 * @module
 */

import type { Utf8Text } from "./utf8_buffer.ts";

/**
 * The hash of the bytes from `start` to `end`, at least one. Takes four bytes at a time, the last
 * four once more if that is how it ends.
 */
export function hashOfRun(text: Utf8Text, start: number, end: number): number {
  const length = end - start;
  let hash = length;
  if (length < 4) {
    // Of one byte all three are it, of two the last two are the second.
    hash ^= (text.getUint8(start) << 8) ^ (text.getUint8(start + (length >> 1)) << 16) ^
      (text.getUint8(end - 1) << 24);
  } else {
    const last = end - 4;
    for (let i = start; i < last; i += 4) {
      hash = Math.imul(hash ^ text.getInt32(i, true), 0x9e3779b1);
    }
    hash ^= text.getInt32(last, true);
  }
  hash = Math.imul(hash, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}

/** Whether the bytes from `start` to `end` are the `end - start` ones from `otherStart` on. */
export function isSameRun(
  text: Utf8Text,
  start: number,
  end: number,
  other: Utf8Text,
  otherStart: number,
): boolean {
  const shift = otherStart - start;
  if (end - start < 4) {
    for (let i = start; i < end; i++) {
      if (text.getUint8(i) !== other.getUint8(i + shift)) return false;
    }
    return true;
  }
  const last = end - 4;
  for (let i = start; i < last; i += 4) {
    if (text.getInt32(i, true) !== other.getInt32(i + shift, true)) return false;
  }
  return text.getInt32(last, true) === other.getInt32(last + shift, true);
}
