/**
 * Damaged bytes for tests: good ones in which something is changed at random, the same every time.
 *
 * @module
 */

import { concat } from "../../lib/system/concat.ts";

/** Values that are large, small or negative as numbers of one to eight bytes. */
const ODD_BYTES = [0, 1, 0x7f, 0x80, 0xfe, 0xff];

/**
 * Bytes with one to four changes: a bit, a byte or several bytes are others, or some are missing,
 * put in twice, exchanged for those of another place, or cut off.
 *
 * @param random Gives integers from 0 up to a bound.
 */
export function mutated(
  bytes: Uint8Array<ArrayBuffer>,
  random: (bound: number) => number,
): Uint8Array<ArrayBuffer> {
  let result = bytes.slice();
  for (let changes = 1 + random(4); changes > 0 && result.length > 0; changes--) {
    const at = random(result.length);
    const length = Math.min(1 + random(12), result.length - at);
    const end = at + length;
    switch (random(7)) {
      case 0:
        result[at]! ^= 1 << random(8);
        break;
      case 1:
        result[at] = random(256);
        break;
      case 2:
        result.fill(ODD_BYTES[random(ODD_BYTES.length)]!, at, Math.min(end, at + 8));
        break;
      case 3:
        result = concat([result.slice(0, at), result.slice(end)]);
        break;
      case 4:
        result = concat([result.slice(0, end), result.slice(at)]);
        break;
      case 5:
        result.copyWithin(random(result.length), at, end);
        break;
      case 6:
        // Seldom: not much is left to be wrong.
        if (random(4) === 0) result = result.slice(0, at);
        break;
    }
  }
  return result;
}
