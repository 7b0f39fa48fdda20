/**
 * Numbers in a row as Parquet packs them, walked without making anything of them: what a file says
 * of how many there are is compared with the bytes that there are. A decoder that believed it would
 * go on for as long as it says.
 *
 * @module
 */

/** Most numbers of a run in bits: writers fill up the last one, some to hundreds. */
const MOST_IN_BITS = 1 << 27;

/** Most bytes of a number, of seven bits each. */
const MOST_NUMBER_BYTES = 10;

/** A place in bytes. */
interface Place {
  readonly bytes: Uint8Array;
  at: number;
}

/**
 * Walks numbers in runs, each of one number repeated, or of several in as many bits as they need
 * (Parquet's hybrid of run lengths and bit packing).
 *
 * @param at Where they begin.
 * @param width Bits of a number, from 0 to 32.
 * @param count How many they are.
 * @returns how many of them are 1, if they have one bit.
 * @throws {Error} if a run has none or too many of them, or the bytes end before they do.
 */
export function walkRuns(bytes: Uint8Array, at: number, width: number, count: number): number {
  const place = { bytes, at };
  let ones = 0;
  for (let left = count; left > 0;) {
    const header = readNumber(place) >>> 0;
    const size = header >>> 1;
    const inBits = (header & 1) === 1;
    const numbers = inBits ? 8 * size : size;
    // Those that fill up the last run are in bits.
    if (inBits ? numbers === 0 || numbers > MOST_IN_BITS : numbers > left) {
      throw new Error(`a page has a run of ${numbers} numbers, where ${left} are missing`);
    }
    const start = place.at;
    place.at += inBits ? size * width : Math.ceil(width / 8);
    const needed = Math.min(numbers, left);
    // Some writers leave out the bytes that only fill up the last run.
    const end = inBits && needed === left ? start + Math.ceil(needed * width / 8) : place.at;
    if (end > bytes.length) throw endsEarly();
    if (width === 1) {
      ones += inBits
        ? onesAmong(bytes.subarray(start, end), needed)
        : numbers * (bytes[start]! & 1);
    }
    left -= numbers;
  }
  return ones;
}

/**
 * Walks numbers by their differences (Parquet's DELTA_BINARY_PACKED, of 32 bits).
 *
 * @param at Where they begin.
 * @param count How many they are, at least one.
 * @returns where they end.
 * @throws {Error} if they are in blocks that cannot be, or the bytes end before they do.
 */
export function walkDeltas(bytes: Uint8Array, at: number, count: number): number {
  const place = { bytes, at };
  const [block, parts] = [readNumber(place), readNumber(place)];
  const size = block / parts;
  if (!(block > 0 && parts > 0 && Number.isInteger(size / 8))) {
    throw new Error(`a page has blocks of ${block} numbers in ${parts} parts`);
  }
  // How many they are, and the first.
  for (let i = 0; i < 2; i++) readNumber(place);
  for (let left = count - 1; left > 0;) {
    readNumber(place);
    const widths = place.at;
    place.at += parts;
    for (let part = 0; part < parts && left > 0; part++) {
      if (place.at > bytes.length) throw endsEarly();
      place.at += bytes[widths + part]! * size / 8;
      left -= size;
    }
  }
  if (place.at > bytes.length) throw endsEarly();
  return place.at;
}

/** A number of seven bits a byte, the low ones first, of which 32 are kept. */
function readNumber(place: Place): number {
  let result = 0;
  for (let i = 0; i < MOST_NUMBER_BYTES; i++) {
    const byte = place.bytes[place.at++];
    if (byte === undefined) throw endsEarly();
    if (i < 5) result |= (byte & 127) << (7 * i);
    if (byte < 128) return result;
  }
  throw new Error("a page has a number without an end");
}

/** How many of the first bits are set. */
function onesAmong(bytes: Uint8Array, count: number): number {
  let ones = 0;
  for (let i = 0; i < count; i += 8) {
    const last = count - i;
    for (let bits = bytes[i >> 3]! & (last < 8 ? (1 << last) - 1 : 255); bits > 0; bits >>= 1) {
      ones += bits & 1;
    }
  }
  return ones;
}

function endsEarly(): Error {
  return new Error("a page ends before its values do");
}
