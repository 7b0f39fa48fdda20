/**
 * Damage to bytes of whatever format.
 *
 * @module
 */

import { concat } from "../../../lib/system/concat.ts";
import type { Bytes, Random } from "../subject.ts";

/** Values that are large, small or negative as numbers of one to eight bytes. */
const ODD_BYTES = [0, 1, 0x7f, 0x80, 0xfe, 0xff];

/** Numbers at which sizes, counts and offsets turn over. */
const ODD_NUMBERS = [0n, 1n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0xffffn]
  .concat([1n << 24n, (1n << 31n) - 1n, 1n << 31n, (1n << 32n) - 1n])
  .concat([(1n << 53n) - 1n, 1n << 53n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n]);

/** Most bytes that damage adds to a file. */
const MOST_ADDED = 1 << 12;

/**
 * Bytes with one to four changes: a bit, a byte, several bytes or a number are others, or some are
 * missing, put in twice or often, exchanged for those of another place or file, or cut off.
 */
export function damagedBytes(file: Bytes, random: Random, other: Bytes): Bytes {
  let result = file.slice();
  for (let changes = 1 + random(4); changes > 0 && result.length > 0; changes--) {
    result = changedOnce(result, random, other);
  }
  return result;
}

function changedOnce(bytes: Bytes, random: Random, other: Bytes): Bytes {
  const at = random(bytes.length);
  const length = Math.min(1 + random(12), bytes.length - at);
  const end = at + length;
  switch (random(10)) {
    case 0:
      bytes[at]! ^= 1 << random(8);
      return bytes;
    case 1:
      bytes[at] = random(256);
      return bytes;
    case 2:
      return bytes.fill(ODD_BYTES[random(ODD_BYTES.length)]!, at, Math.min(end, at + 8));
    case 3:
      return concat([bytes.slice(0, at), bytes.slice(end)]);
    case 4:
      return concat([bytes.slice(0, end), bytes.slice(at)]);
    case 5:
      return bytes.copyWithin(random(bytes.length), at, end);
    case 6:
      // Seldom: not much is left to be wrong.
      return random(4) === 0 ? bytes.slice(0, at) : bytes;
    case 7:
    case 8:
      return withNumber(bytes, random);
    default:
      if (random(2) === 0) {
        const part = bytes.slice(at, at + 1 + random(MOST_ADDED >> 4));
        return concat([bytes.slice(0, at), ...Array(16).fill(part), bytes.slice(at)]);
      }
      return concat([bytes.slice(0, at), other.slice(random(other.length))]);
  }
}

/** Puts a number where one may be: an odd one, the length of the file, or the one there ± 1. */
function withNumber(bytes: Bytes, random: Random): Bytes {
  const width = [2, 4, 8][random(3)] as 2 | 4 | 8;
  if (bytes.length < width) return bytes;
  // Half of them where most formats align numbers.
  const places = bytes.length - width + 1;
  const at = random(2) === 0 ? random(places) : random(Math.ceil(places / width)) * width;
  const view = new DataView(bytes.buffer, at, width);
  const isLittle = random(4) !== 0;
  const near = BigInt(random(3) - 1);
  const odd = ODD_NUMBERS[random(ODD_NUMBERS.length)]!;
  const found = width === 2
    ? BigInt(view.getUint16(0, isLittle))
    : width === 4
    ? BigInt(view.getUint32(0, isLittle))
    : view.getBigUint64(0, isLittle);
  const value = [odd, odd, BigInt(bytes.length) + near, found + near][random(4)]!;
  if (width === 2) view.setUint16(0, Number(BigInt.asUintN(16, value)), isLittle);
  else if (width === 4) view.setUint32(0, Number(BigInt.asUintN(32, value)), isLittle);
  else view.setBigUint64(0, BigInt.asUintN(64, value), isLittle);
  return bytes;
}
