/**
 * The directory of a zip file, which stands at its end.
 *
 * @module
 */

import type { ErrorClass } from "../errors.ts";
import type { ByteSource } from "../io/byte_source.ts";
import { describeKey } from "../schema/field.ts";
import {
  ALL_ONES_16,
  ALL_ONES_32,
  DIRECTORY_HEADER,
  DIRECTORY_HEADER_BYTES,
  END,
  END_64,
  END_64_BYTES,
  END_BYTES,
  EXTRA_64,
  LOCAL_HEADER_BYTES,
  LOCATOR_64,
  LOCATOR_64_BYTES,
  STORED,
} from "./format.ts";

/** What the directory says of one file in it. */
export interface ZipEntry {
  /** Its name, with the folders in front of it. */
  readonly name: string;
  /** Bytes of the name. */
  readonly nameLength: number;
  /** How it is compressed. */
  readonly method: number;
  /** Bits that say more of it. */
  readonly flags: number;
  /** The CRC-32 of its bytes. */
  readonly crc32: number;
  /** Bytes that it takes in the zip file. */
  readonly compressedSize: number;
  /** Its bytes. */
  readonly size: number;
  /** Where its local header begins. */
  readonly headerOffset: number;
  /** Where the next entry or the directory begins: all of this one lies before. */
  readonly end: number;
}

/** Entries of a zip file: a checkpoint has one for each tensor. */
const MAX_ENTRIES = 2 ** 18;
/** Bytes of a directory: of the most entries with long names. */
const MAX_DIRECTORY_BYTES = 2 ** 26;

/** Bytes at the end of the file in which the end of the directory begins. */
const TAIL_BYTES = LOCATOR_64_BYTES + END_BYTES + ALL_ONES_16;

/**
 * Reads the directory of a zip file, and checks that no two entries overlap.
 *
 * @returns The entries by name, in the order of their bytes.
 * @throws {FlmError} of the class given, if it is none, is cut short or is damaged.
 */
export async function readDirectory(
  source: ByteSource,
  errorClass: ErrorClass,
): Promise<Map<string, ZipEntry>> {
  const fail = (reason: string) => new errorClass(`Cannot read ${source.name}: ${reason}`);
  const { offset, size, count } = await locateDirectory(source, fail);
  const bytes = new Uint8Array(size);
  await source.read(offset, bytes);
  const found = parseLines(bytes, count, fail);
  found.sort((a, b) => a.headerOffset - b.headerOffset);
  const ends = new Map<string, number>();
  found.forEach((entry, i) => {
    const end = found[i + 1]?.headerOffset ?? offset;
    const least = entry.headerOffset + LOCAL_HEADER_BYTES + entry.nameLength +
      entry.compressedSize;
    if (least > end) {
      throw fail(
        `its entry ${describeKey(entry.name)} reaches to byte ${least}, but what follows it ` +
          `begins at byte ${end}; the file is damaged`,
      );
    }
    if (ends.has(entry.name)) {
      throw fail(`its entry ${describeKey(entry.name)} is there twice; the file is damaged`);
    }
    ends.set(entry.name, end);
  });
  return new Map(found.map((entry) => [entry.name, { ...entry, end: ends.get(entry.name)! }]));
}

type Fail = (reason: string) => Error;

/** Where the directory is. */
interface Place {
  readonly offset: number;
  readonly size: number;
  readonly count: number;
}

async function locateDirectory(source: ByteSource, fail: Fail): Promise<Place> {
  const tail = new Uint8Array(Math.min(source.size, TAIL_BYTES));
  const tailOffset = source.size - tail.length;
  await source.read(tailOffset, tail);
  const view = viewOf(tail);
  let at = tail.length - END_BYTES;
  while (
    at >= 0 &&
    !(view.getUint32(at, true) === END &&
      at + END_BYTES + view.getUint16(at + 20, true) === tail.length)
  ) at--;
  if (at < 0) {
    throw fail(
      "the directory of a zip file, which stands at its end, is missing: the file is cut short. " +
        "Fetch or save it again",
    );
  }
  const small = {
    count: view.getUint16(at + 10, true),
    size: view.getUint32(at + 12, true),
    offset: view.getUint32(at + 16, true),
  };
  const disks = view.getUint32(at + 4, true);
  const countHere = view.getUint16(at + 8, true);
  const locator = at - LOCATOR_64_BYTES;
  const isLarge = locator >= 0 && view.getUint32(locator, true) === LOCATOR_64;
  let end = tailOffset + at;
  let place: Place = small;
  if (isLarge) {
    end = safe(view.getBigUint64(locator + 8, true), fail);
    place = await readLargeEnd(source, end, tailOffset + locator, fail);
    const differs = (large: number, value: number, ones: number) =>
      value !== ones && value !== large;
    if (
      differs(place.count, small.count, ALL_ONES_16) ||
      differs(place.size, small.size, ALL_ONES_32) ||
      differs(place.offset, small.offset, ALL_ONES_32)
    ) throw fail("the two ends of its directory contradict each other; the file is damaged");
  }
  if (!isLarge && (disks !== 0 || countHere !== small.count)) {
    throw fail("it is one part of a zip file in several parts. Put them together first");
  }
  if (place.count > MAX_ENTRIES || place.size > MAX_DIRECTORY_BYTES) {
    throw fail(
      `its directory claims ${place.count} entries in ${place.size} bytes; ${MAX_ENTRIES} in ` +
        `${MAX_DIRECTORY_BYTES} are read at most`,
    );
  }
  if (
    place.offset + place.size !== end || place.count * DIRECTORY_HEADER_BYTES > place.size
  ) {
    throw fail(
      `its directory of ${place.count} entries should lie in bytes ${place.offset} to ` +
        `${place.offset + place.size}, but what follows it begins at byte ${end}; bytes are ` +
        `missing or were put before it`,
    );
  }
  return place;
}

/** Reads the end of the directory whose numbers have 64 bits. */
async function readLargeEnd(
  source: ByteSource,
  offset: number,
  locatorOffset: number,
  fail: Fail,
): Promise<Place> {
  const bytes = new Uint8Array(END_64_BYTES);
  if (offset + bytes.length > locatorOffset) {
    throw fail("the end of its directory is not where it should be; the file is damaged");
  }
  await source.read(offset, bytes);
  const view = viewOf(bytes);
  const count = view.getBigUint64(32, true);
  const isWhole = view.getUint32(0, true) === END_64 && view.getUint32(16, true) === 0 &&
    view.getUint32(20, true) === 0 && view.getBigUint64(24, true) === count;
  if (!isWhole) throw fail("the end of its directory has wrong numbers; the file is damaged");
  return {
    count: safe(count, fail),
    size: safe(view.getBigUint64(40, true), fail),
    offset: safe(view.getBigUint64(48, true), fail),
  };
}

type Line = Omit<ZipEntry, "end">;

function parseLines(bytes: Uint8Array, count: number, fail: Fail): Line[] {
  const view = viewOf(bytes);
  const lines: Line[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const isLine = at + DIRECTORY_HEADER_BYTES <= bytes.length &&
      view.getUint32(at, true) === DIRECTORY_HEADER;
    if (!isLine) throw fail(`line ${i} of its directory is none; the file is damaged`);
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const extraStart = at + DIRECTORY_HEADER_BYTES + nameLength;
    const next = extraStart + extraLength + view.getUint16(at + 32, true);
    if (next > bytes.length) {
      throw fail(`line ${i} of its directory reaches beyond its end; the file is damaged`);
    }
    const name = nameOf(bytes.subarray(at + DIRECTORY_HEADER_BYTES, extraStart));
    const [size, compressedSize, headerOffset] = largeNumbers(
      [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)],
      bytes.subarray(extraStart, extraStart + extraLength),
    ) ?? [];
    if (size === undefined || compressedSize === undefined || headerOffset === undefined) {
      throw fail(`the sizes of its entry ${describeKey(name)} are missing; the file is damaged`);
    }
    const method = view.getUint16(at + 10, true);
    if (method === STORED && size !== compressedSize) {
      throw fail(
        `its entry ${describeKey(name)} is not compressed, but has ${size} bytes and takes ` +
          `${compressedSize}; the file is damaged`,
      );
    }
    lines.push({
      name,
      nameLength,
      method,
      flags: view.getUint16(at + 8, true),
      crc32: view.getUint32(at + 16, true),
      compressedSize,
      size,
      headerOffset,
    });
    at = next;
  }
  if (at !== bytes.length) throw fail("its directory has too few entries; the file is damaged");
  return lines;
}

/**
 * Numbers of which those that are all ones stand in the extra field for numbers of 64 bits.
 *
 * @returns undefined if they are missing there or impossible.
 */
export function largeNumbers(
  small: readonly number[],
  extra: Uint8Array,
): readonly number[] | undefined {
  if (!small.includes(ALL_ONES_32)) return small;
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length;) {
    const end = at + 4 + view.getUint16(at + 2, true);
    if (view.getUint16(at, true) !== EXTRA_64) {
      at = end;
      continue;
    }
    at += 4;
    if (end > extra.length) return undefined;
    const numbers: number[] = [];
    for (const number of small) {
      if (number !== ALL_ONES_32) {
        numbers.push(number);
        continue;
      }
      if (at + 8 > end) return undefined;
      const large = Number(view.getBigUint64(at, true));
      if (!Number.isSafeInteger(large)) return undefined;
      numbers.push(large);
      at += 8;
    }
    return numbers;
  }
  return undefined;
}

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** An entry's name. Old programs write other bytes than UTF-8; no name of a checkpoint has any. */
export function nameOf(bytes: Uint8Array): string {
  return DECODER.decode(bytes);
}

/** A view of bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function safe(value: bigint, fail: Fail): number {
  if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  throw fail(`the end of its directory has the number ${value}; the file is damaged`);
}
