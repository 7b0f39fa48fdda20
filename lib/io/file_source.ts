/**
 * Random access to a local file.
 *
 * @module
 */

import type { ErrorClass } from "../errors.ts";
import { type ByteSource, checkRange } from "./byte_source.ts";
import { pathOf } from "../system/location.ts";
import { whileReading } from "../system/system_error.ts";

/**
 * Opens a local file for reading.
 *
 * @throws {FlmError} of the class given, if the file does not exist, is not a
 * regular file or may not be read.
 */
export async function openFileSource(
  path: string | URL,
  errorClass: ErrorClass,
): Promise<ByteSource> {
  const name = path instanceof URL ? pathOf(path) : path;
  // Asked before it is opened: a pipe would wait for its other end.
  const { isFile, isDirectory } = await whileReading(name, Deno.stat(path), errorClass);
  if (!isFile) {
    const kind = isDirectory ? "a folder" : "a device or a pipe";
    throw new errorClass(`Cannot read ${name}: it is ${kind}, expected a file`);
  }
  const file = await whileReading(name, Deno.open(path), errorClass);
  try {
    const { size } = await whileReading(name, file.stat(), errorClass);
    return new FileSource(name, size, file, errorClass);
  } catch (error) {
    file.close();
    throw error;
  }
}

class FileSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #file: Deno.FsFile;
  readonly #errorClass: ErrorClass;
  /** The last read begun: the file has one position, so reads wait for each other. */
  #last: Promise<void> = Promise.resolve();

  constructor(name: string, size: number, file: Deno.FsFile, errorClass: ErrorClass) {
    this.name = name;
    this.size = size;
    this.#file = file;
    this.#errorClass = errorClass;
  }

  read(offset: number, target: Uint8Array): Promise<void> {
    const mine = this.#last.then(() => this.#readNow(offset, target));
    this.#last = mine.catch(() => {});
    return mine;
  }

  async #readNow(offset: number, target: Uint8Array): Promise<void> {
    checkRange(this.name, this.size, offset, target.length, this.#errorClass);
    await whileReading(this.name, this.#fill(offset, target), this.#errorClass);
  }

  async #fill(offset: number, target: Uint8Array): Promise<void> {
    await this.#file.seek(offset, Deno.SeekMode.Start);
    for (let filled = 0; filled < target.length;) {
      const count = await this.#file.read(target.subarray(filled));
      if (count === null) {
        throw new this.#errorClass(
          `Cannot read ${this.name}: it ended at byte ${offset + filled}, but had ` +
            `${this.size} bytes when it was opened; something has cut it short`,
        );
      }
      filled += count;
    }
  }

  close(): void {
    this.#file.close();
  }
}
