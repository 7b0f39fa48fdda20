/**
 * Writing zip files from front to back: bytes as they are, not compressed.
 *
 * @module
 */

import { Crc32 } from "./crc32.ts";
import {
  dataDescriptor,
  directoryLine,
  endOfDirectory,
  localHeader,
  type ZipRecord,
} from "./records.ts";

/** A file to be written into a zip file. */
export interface NewZipEntry {
  /** Its name, with the folders in front of it. */
  readonly name: string;
  /** How many bytes it has. */
  readonly size: number;
  /** Gives its bytes, in as many pieces as it likes. */
  readonly bytes: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/**
 * The bytes of a zip file. What is only known behind the bytes of an entry, their CRC-32, follows
 * them and stands in the directory, so that nothing is written twice and no more than a piece is in
 * memory. Numbers of 64 bits are used where they are needed.
 *
 * @throws {RangeError} if a name is there twice, or an entry has another number of bytes than it
 * says; whatever an entry's bytes throw.
 */
export async function* zipBytes(
  entries: Iterable<NewZipEntry>,
): AsyncGenerator<Uint8Array, void, void> {
  const written: ZipRecord[] = [];
  const names = new Set<string>();
  let offset = 0;
  for (const { name, size, bytes } of entries) {
    if (names.has(name)) throw new RangeError(`The entry "${name}" is there twice`);
    names.add(name);
    const encoded = new TextEncoder().encode(name);
    const header = localHeader({ name: encoded, size, offset });
    yield header;
    const crc = new Crc32();
    let given = 0;
    for await (const piece of bytes()) {
      crc.update(piece);
      given += piece.length;
      yield piece;
    }
    if (given !== size) {
      throw new RangeError(
        `The entry "${name}" should have ${size} bytes, but ${given} were given`,
      );
    }
    const entry = { name: encoded, size, offset, crc32: crc.value };
    written.push(entry);
    const descriptor = dataDescriptor(entry);
    yield descriptor;
    offset += header.length + size + descriptor.length;
  }
  const lines = written.map(directoryLine);
  yield* lines;
  const size = lines.reduce((sum, line) => sum + line.length, 0);
  yield endOfDirectory(written.length, size, offset);
}
