/**
 * What a zip file has around the bytes of its entries, as it is written here.
 *
 * @module
 */

import {
  ALL_ONES_16,
  ALL_ONES_32,
  DATA_DESCRIPTOR,
  DIRECTORY_HEADER,
  DIRECTORY_HEADER_BYTES,
  END,
  END_64,
  END_64_BYTES,
  END_BYTES,
  EXTRA_64,
  FLAG_DESCRIPTOR,
  FLAG_UTF8,
  LOCAL_HEADER,
  LOCAL_HEADER_BYTES,
  LOCATOR_64,
  LOCATOR_64_BYTES,
  STORED,
} from "./format.ts";

/** An entry that is written. */
export interface ZipRecord {
  /** Its name in UTF-8. */
  readonly name: Uint8Array<ArrayBuffer>;
  /** How many bytes it has. */
  readonly size: number;
  /** Where its local header begins. */
  readonly offset: number;
  /** The CRC-32 of its bytes. */
  readonly crc32: number;
}

/** Every entry's bytes begin at a multiple of this, as in files of torch.save. */
const ALIGNMENT = 64;
/** The extra field that fills the way there, as torch.save has it: "FB". */
const EXTRA_FILL = 0x4246;
/** Bytes of the kind and length of an extra field. */
const EXTRA_HEADER_BYTES = 4;
/** The version of the format that knows numbers of 64 bits: 4.5. */
const VERSION = 45;
/** The first day of the format, so that the same content gives the same bytes. */
const DATE = 1 << 5 | 1;

/** Fills bytes with numbers, little-endian, one after the other. */
class Fields {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #at = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Two bytes each. */
  short(...values: number[]): this {
    for (const value of values) {
      this.#view.setUint16(this.#at, value, true);
      this.#at += 2;
    }
    return this;
  }

  /** Four bytes each. */
  int(...values: number[]): this {
    for (const value of values) {
      this.#view.setUint32(this.#at, value, true);
      this.#at += 4;
    }
    return this;
  }

  /** Eight bytes each. */
  long(...values: number[]): this {
    for (const value of values) {
      this.#view.setBigUint64(this.#at, BigInt(value), true);
      this.#at += 8;
    }
    return this;
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }
}

/** Whether a number needs 64 bits; all ones say that it has them. */
function isLarge(value: number): boolean {
  return value >= ALL_ONES_32;
}

/** The number where there are 32 bits for it. */
function short(value: number): number {
  return isLarge(value) ? ALL_ONES_32 : value;
}

/** The header in front of an entry's bytes, so long that these begin at a multiple of 64. */
export function localHeader(
  { name, size, offset }: Omit<ZipRecord, "crc32">,
): Uint8Array<ArrayBuffer> {
  // Both sizes are there if one is, and empty as those beside the name: they follow the bytes.
  const large = isLarge(size) ? EXTRA_HEADER_BYTES + 16 : 0;
  const least = LOCAL_HEADER_BYTES + name.length + large + EXTRA_HEADER_BYTES;
  const fill = (ALIGNMENT - (offset + least) % ALIGNMENT) % ALIGNMENT;
  const fields = new Fields(least + fill);
  const shown = large > 0 ? ALL_ONES_32 : 0;
  fields.int(LOCAL_HEADER).short(VERSION, FLAG_DESCRIPTOR | FLAG_UTF8, STORED, 0, DATE)
    .int(0, shown, shown).short(name.length, large + EXTRA_HEADER_BYTES + fill).raw(name);
  if (large > 0) fields.short(EXTRA_64, 16).long(0, 0);
  return fields.short(EXTRA_FILL, fill).raw(new Uint8Array(fill)).bytes;
}

/** What follows an entry's bytes. */
export function dataDescriptor({ size, crc32 }: ZipRecord): Uint8Array<ArrayBuffer> {
  const large = isLarge(size);
  const fields = new Fields(large ? 24 : 16).int(DATA_DESCRIPTOR, crc32);
  return (large ? fields.long(size, size) : fields.int(size, size)).bytes;
}

/** The line of an entry in the directory. */
export function directoryLine({ name, size, offset, crc32 }: ZipRecord): Uint8Array<ArrayBuffer> {
  const large = [...isLarge(size) ? [size, size] : [], ...isLarge(offset) ? [offset] : []];
  const extra = large.length > 0 ? EXTRA_HEADER_BYTES + 8 * large.length : 0;
  const fields = new Fields(DIRECTORY_HEADER_BYTES + name.length + extra)
    .int(DIRECTORY_HEADER).short(VERSION, VERSION, FLAG_DESCRIPTOR | FLAG_UTF8, STORED, 0, DATE)
    .int(crc32, short(size), short(size)).short(name.length, extra, 0, 0, 0).int(0, short(offset))
    .raw(name);
  if (extra > 0) fields.short(EXTRA_64, 8 * large.length).long(...large);
  return fields.bytes;
}

/**
 * The end of the directory, which is the end of the file.
 *
 * @param count The number of its lines.
 * @param size Their bytes.
 * @param offset Where they begin.
 */
export function endOfDirectory(
  count: number,
  size: number,
  offset: number,
): Uint8Array<ArrayBuffer> {
  const large = count >= ALL_ONES_16 || isLarge(size) || isLarge(offset);
  const fields = new Fields((large ? END_64_BYTES + LOCATOR_64_BYTES : 0) + END_BYTES);
  if (large) {
    // The length of what follows it.
    fields.int(END_64).long(END_64_BYTES - 12).short(VERSION, VERSION).int(0, 0)
      .long(count, count, size, offset);
    fields.int(LOCATOR_64, 0).long(offset + size).int(1);
  }
  const shown = Math.min(count, ALL_ONES_16);
  return fields.int(END).short(0, 0, shown, shown).int(short(size), short(offset)).short(0).bytes;
}
