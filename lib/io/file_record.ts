/**
 * Records of files: size and hash, taken while a file is written and compared while it is read.
 *
 * @module
 */

import type { ErrorClass } from "../errors.ts";
import { writeFile } from "../system/atomic.ts";
import type { ByteSource } from "./byte_source.ts";
import { HashedSource } from "./hashed_source.ts";
import { openByteSource } from "./open_source.ts";
import { BRIEF } from "../net/retry_policy.ts";
import type { UrlSourceOptions } from "./url_source.ts";
import { sha256 } from "../system/sha256.ts";

/** What is known of a file since it was written. */
export interface FileRecord {
  /** Its size. */
  readonly bytes: number;
  /** Its SHA-256, in hexadecimal digits. */
  readonly sha256: string;
}

/** Writes a file of a folder that is under construction. @throws {FlmError} if that fails. */
export async function writeRecorded(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<FileRecord> {
  const hash = sha256();
  let bytes = 0;
  async function* passed() {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  }
  await writeFile(path, passed());
  return { bytes, sha256: hash.hex() };
}

/** A file that is compared with its record; without one, with nothing. */
export interface RecordedFile {
  /** What its bytes are read from. */
  readonly source: ByteSource;
  /**
   * Compares the whole file; reads what was not read yet.
   *
   * @throws {FlmError} if it is another than the one that was written.
   */
  requireUnchanged(): Promise<void>;
}

/**
 * Opens a file, a path or an address, and compares its size. A server that is busy, or whose
 * connection breaks, is asked again.
 *
 * @param access How a server is asked.
 * @throws {FlmError} of the class given, if it cannot be read or has another size.
 */
export async function openRecorded(
  location: string,
  record: FileRecord | undefined,
  errorClass: ErrorClass,
  access: Omit<UrlSourceOptions, "maxBytes"> = { retry: BRIEF },
): Promise<RecordedFile> {
  const opened = await openByteSource(location, errorClass, {
    maxBytes: record?.bytes,
    ...access,
  });
  if (record === undefined) return { source: opened, requireUnchanged: () => Promise.resolve() };
  const source = new HashedSource(opened);
  const damaged = (found: string, written: string) =>
    new errorClass(
      `${source.name} is damaged: it has ${found}, but ${written} when it was written.`,
    );
  if (source.size !== record.bytes) {
    source.close();
    throw damaged(`${source.size} bytes`, `${record.bytes}`);
  }
  return {
    source,
    async requireUnchanged() {
      const found = await source.hex();
      if (found !== record.sha256) throw damaged(`SHA-256 ${found}`, record.sha256);
    },
  };
}
