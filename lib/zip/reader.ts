/**
 * Reading zip files by ranges: a file on a web server is not fetched whole.
 *
 * @module
 */

import { type ErrorClass, messageOf } from "../errors.ts";
import type { ByteSource } from "../io/byte_source.ts";
import { describeKey } from "../schema/field.ts";
import { crc32 } from "./crc32.ts";
import { largeNumbers, nameOf, readDirectory, viewOf, type ZipEntry } from "./directory.ts";
import {
  DEFLATED,
  FLAG_DESCRIPTOR,
  FLAG_ENCRYPTED,
  LOCAL_HEADER,
  LOCAL_HEADER_BYTES,
  STORED,
} from "./format.ts";
import { inflate } from "./inflate.ts";

/** Bytes read with an entry for the extra fields of its local header, which only it knows. */
const EXTRA_GUESS = 256;

/** An open zip file. Only its directory is in memory. */
export class ZipFile {
  readonly #source: ByteSource;
  readonly #errorClass: ErrorClass;
  /** The entries by name, in the order of their bytes. */
  readonly entries: ReadonlyMap<string, ZipEntry>;

  private constructor(
    source: ByteSource,
    entries: ReadonlyMap<string, ZipEntry>,
    errorClass: ErrorClass,
  ) {
    this.#source = source;
    this.entries = entries;
    this.#errorClass = errorClass;
  }

  /**
   * Reads the directory of a source, which remains the caller's to close.
   *
   * @throws {FlmError} of the class given, as everything here, if it is no zip file or damaged.
   */
  static async open(source: ByteSource, errorClass: ErrorClass): Promise<ZipFile> {
    return new ZipFile(source, await readDirectory(source, errorClass), errorClass);
  }

  /**
   * The bytes of an entry, decompressed; its CRC-32 is compared.
   *
   * @param maxBytes How many it may have.
   * @throws {FlmError} if it is larger, damaged, encrypted or compressed in another way.
   */
  async read(entry: ZipEntry, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    if (entry.size > maxBytes) {
      throw this.#fail(entry, `has ${entry.size} bytes, expected ${maxBytes} at most`);
    }
    this.#requireReadable(entry);
    const taken = await this.#take(entry);
    let bytes = taken;
    if (entry.method === DEFLATED) {
      try {
        bytes = await inflate(taken, entry.size);
      } catch (cause) {
        throw this.#fail(entry, `is damaged: ${messageOf(cause)}`, cause);
      }
    }
    this.requireCrc(entry, crc32(bytes));
    return bytes;
  }

  /**
   * Where the bytes of an entry that is {@linkcode isStored} begin in the zip file.
   *
   * @throws {FlmError} if its local header is damaged or it is encrypted.
   */
  async dataOffset(entry: ZipEntry): Promise<number> {
    this.#requireReadable(entry);
    const header = new Uint8Array(
      Math.min(entry.end - entry.headerOffset, headerReach(entry)),
    );
    await this.#source.read(entry.headerOffset, header);
    return entry.headerOffset + this.#checkHeader(entry, header);
  }

  /**
   * Compares a CRC-32 of all bytes of an entry with that in the directory.
   *
   * @throws {FlmError} if they differ.
   */
  requireCrc(entry: ZipEntry, found: number): void {
    if (found === entry.crc32) return;
    throw this.#fail(
      entry,
      `is damaged: its CRC-32 is ${hex(found)}, expected ${hex(entry.crc32)}. Fetch or save the ` +
        `file again`,
    );
  }

  /** An entry's bytes as they are in the file. */
  async #take(entry: ZipEntry): Promise<Uint8Array<ArrayBuffer>> {
    const { headerOffset, end, compressedSize } = entry;
    const reach = Math.min(end - headerOffset, headerReach(entry) + compressedSize);
    const bytes = new Uint8Array(reach);
    await this.#source.read(headerOffset, bytes);
    const start = this.#checkHeader(entry, bytes);
    if (start + compressedSize <= reach) return bytes.subarray(start, start + compressedSize);
    const alone = new Uint8Array(compressedSize);
    await this.#source.read(headerOffset + start, alone);
    return alone;
  }

  /** Checks the local header at the beginning of bytes, and gives where it ends. */
  #checkHeader(entry: ZipEntry, bytes: Uint8Array): number {
    const view = viewOf(bytes);
    const nameEnd = LOCAL_HEADER_BYTES + entry.nameLength;
    const isSame = view.getUint32(0, true) === LOCAL_HEADER &&
      (view.getUint16(6, true) & FLAG_ENCRYPTED) === 0 &&
      view.getUint16(8, true) === entry.method &&
      view.getUint16(26, true) === entry.nameLength &&
      nameOf(bytes.subarray(LOCAL_HEADER_BYTES, nameEnd)) === entry.name;
    if (!isSame) throw this.#fail(entry, "has another header than its directory says");
    const start = nameEnd + view.getUint16(28, true);
    if (entry.headerOffset + start + entry.compressedSize > entry.end) {
      throw this.#fail(entry, `reaches beyond byte ${entry.end}, where the next one begins`);
    }
    // With a descriptor behind the bytes, the numbers here are empty.
    if ((view.getUint16(6, true) & FLAG_DESCRIPTOR) === 0) {
      const numbers = largeNumbers(
        [view.getUint32(22, true), view.getUint32(18, true)],
        bytes.subarray(nameEnd, start),
      );
      const isEqual = view.getUint32(14, true) === entry.crc32 &&
        numbers?.[0] === entry.size && numbers[1] === entry.compressedSize;
      if (!isEqual) throw this.#fail(entry, "has other sizes than its directory says");
    }
    return start;
  }

  #requireReadable(entry: ZipEntry): void {
    if (entry.flags & FLAG_ENCRYPTED) {
      throw this.#fail(entry, "is encrypted. Decrypt the file first");
    }
    if (entry.method !== STORED && entry.method !== DEFLATED) {
      throw this.#fail(
        entry,
        `is compressed by the method ${entry.method}; expected ${STORED} (stored) or ` +
          `${DEFLATED} (deflate)`,
      );
    }
  }

  #fail({ name }: ZipEntry, reason: string, cause?: unknown): Error {
    return new this.#errorClass(
      `Cannot read ${this.#source.name}: its entry ${describeKey(name)} ${reason}`,
      { cause },
    );
  }
}

/** Whether an entry's bytes lie in the zip file as they are. */
export function isStored(entry: ZipEntry): boolean {
  return entry.method === STORED;
}

/** Bytes in which a local header ends if its extra fields are no longer than usual. */
function headerReach({ nameLength }: ZipEntry): number {
  return LOCAL_HEADER_BYTES + nameLength + EXTRA_GUESS;
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}
