/**
 * Random access to a local file.
 *
 * @module
 */

import { isPermissionDenied } from "../errors.ts";
import { type ByteSource, checkRange, type ErrorClass } from "./byte_source.ts";

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
  const name = path instanceof URL ? decodeURIComponent(path.pathname) : path;
  let file: Deno.FsFile | undefined;
  try {
    file = await Deno.open(path);
    const { isFile, size } = await file.stat();
    if (!isFile) {
      throw new errorClass(`Cannot read ${name}: it is a folder or a device, not a file`);
    }
    return new FileSource(name, size, file, errorClass);
  } catch (error) {
    file?.close();
    if (error instanceof errorClass || isPermissionDenied(error)) throw error;
    throw readError(name, error, errorClass);
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
    try {
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
    } catch (error) {
      if (error instanceof this.#errorClass) throw error;
      throw readError(this.name, error, this.#errorClass);
    }
  }

  close(): void {
    this.#file.close();
  }
}

/** Puts an operating system's error into words. */
function readError(name: string, cause: unknown, errorClass: ErrorClass): Error {
  const reason = cause instanceof Deno.errors.NotFound
    ? "there is no such file; check the path"
    : cause instanceof Deno.errors.PermissionDenied
    ? "this user may not read it; change its permissions"
    : cause instanceof Error
    ? cause.message
    : String(cause);
  return new errorClass(`Cannot read ${name}: ${reason}`, { cause });
}
