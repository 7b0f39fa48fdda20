/**
 * Tar archives (ustar, with the long names of pax and GNU tar), read as a stream.
 *
 * @module
 */
import { DataError } from "../../../errors.ts";
import { concat } from "../../../system/concat.ts";
import { ChunkReader } from "./chunks.ts";
import type { ByteChunks } from "./read_bytes.ts";

const BLOCK = 512;

/** Headers describe at most so many bytes of a name. */
const MOST_NAME_BYTES = 1 << 20;

/** A file in an archive. */
export interface TarEntry {
  /** Its path in the archive. */
  readonly path: string;
  /** Its bytes; what is not read before the next entry is asked for is passed over. */
  readonly bytes: ByteChunks;
}

/**
 * The regular files of an archive in their order.
 *
 * @param name What messages call the archive.
 * @throws {DataError} if the archive is truncated or damaged.
 */
export async function* readTar(archive: ByteChunks, name: string): AsyncGenerator<TarEntry> {
  const reader = new Reader(archive, name);
  try {
    let longPath: string | null = null;
    for (;;) {
      const header = await reader.take(BLOCK);
      if (header.every((byte) => byte === 0)) break;
      const { path, size, type } = parseHeader(header, name);
      const body = reader.body(size);
      if (type === "x" || type === "L") {
        if (size > MOST_NAME_BYTES) throw damaged(name, `a header of ${size} bytes`);
        longPath = longPathIn(type, concat(await Array.fromAsync(body))) ?? longPath;
      } else if (type === "0" || type === "\0") {
        yield { path: longPath ?? path, bytes: body };
      }
      if (type !== "x" && type !== "L" && type !== "g") longPath = null;
      for await (const _ of body);
      await reader.take(-size & (BLOCK - 1));
    }
    // To its very end, so that what decompresses it can tell whether that is there.
    await reader.drain();
  } finally {
    await reader.close();
  }
}

/** Reads an archive, whose end before that of what is asked for is an error. */
class Reader {
  readonly #bytes: ChunkReader;
  readonly #name: string;

  constructor(archive: ByteChunks, name: string) {
    this.#bytes = new ChunkReader(archive);
    this.#name = name;
  }

  async take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.#bytes.take(length);
    if (bytes.length < length) throw damaged(this.#name, "it ends too early");
    return bytes;
  }

  /** The next `size` bytes; iterated again, it goes on where it was left. */
  body(size: number): ByteChunks {
    const next = async (): Promise<IteratorResult<Uint8Array<ArrayBuffer>>> => {
      if (size === 0) return { done: true, value: undefined };
      const value = await this.#bytes.some(size);
      if (value === null) throw damaged(this.#name, "it ends too early");
      size -= value.length;
      return { done: false, value };
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }

  async drain(): Promise<void> {
    while (await this.#bytes.some() !== null);
  }

  async close(): Promise<void> {
    await this.#bytes.close();
  }
}

function parseHeader(header: Uint8Array, name: string) {
  const stated = octal(header.subarray(148, 156));
  // The sum counts its own field as spaces.
  const sum = header.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 0x20 : byte), 0);
  if (stated !== sum) throw damaged(name, "a header's checksum is wrong");
  const size = sizeIn(header.subarray(124, 136));
  if (!Number.isSafeInteger(size)) throw damaged(name, "a file's size is no number");
  const isUstar = text(header.subarray(257, 262)) === "ustar";
  const prefix = isUstar && header[263] === 0x30 ? text(header.subarray(345, 500)) : "";
  const path = text(header.subarray(0, 100));
  return {
    path: prefix === "" ? path : `${prefix}/${path}`,
    size,
    type: String.fromCharCode(header[156]!),
  };
}

/** Sizes are octal or, where the first bit is set, binary. */
function sizeIn(field: Uint8Array): number {
  if (!(field[0]! & 0x80)) return octal(field);
  return field.reduce((size, byte, i) => size * 256 + (i === 0 ? byte & 0x7f : byte), 0);
}

function octal(field: Uint8Array): number {
  const digits = text(field).trim();
  return /^[0-7]*$/.test(digits) ? parseInt(`0${digits}`, 8) : NaN;
}

function text(field: Uint8Array): string {
  const end = field.indexOf(0);
  return new TextDecoder().decode(end === -1 ? field : field.subarray(0, end));
}

/** The path in an extended header: GNU's is the path itself, pax has lines `LENGTH KEY=VALUE`. */
function longPathIn(type: string, bytes: Uint8Array): string | null {
  if (type === "L") return text(bytes);
  const [, path = null] = /(?:^|\n)\d+ path=(.*)\n/.exec(new TextDecoder().decode(bytes)) ?? [];
  return path;
}

function damaged(name: string, reason: string): DataError {
  return new DataError(
    `Cannot unpack the corpus ${name}: it is truncated, damaged or no tar archive (${reason}). ` +
      `Fetch it again.`,
  );
}
