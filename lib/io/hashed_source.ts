/**
 * A source of bytes that is hashed while it is read.
 *
 * @module
 */

import type { ByteSource } from "./byte_source.ts";
import { beginWork } from "../system/long_work.ts";
import { type ByteHash, sha256 } from "../system/sha256.ts";

/** Bytes read at a time of what nobody has asked for. */
const PIECE = 4 << 20;

/**
 * Passes reads on and hashes what comes. Whoever reads a source from its beginning to its end has
 * its hash for nothing; bytes that were left out, or asked for before those in front of them, are
 * read by {@linkcode HashedSource.hex}.
 */
export class HashedSource implements ByteSource {
  readonly #source: ByteSource;
  readonly #hash: ByteHash = sha256();
  /** All bytes in front of it are in the hash. */
  #hashed = 0;

  /** Hashes a source, which it takes over. */
  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** The path or address, for messages. */
  get name(): string {
    return this.#source.name;
  }

  /** The number of bytes. */
  get size(): number {
    return this.#source.size;
  }

  /** Fills `target` with the bytes from `offset` on. @throws {FlmError} if that fails. */
  async read(offset: number, target: Uint8Array): Promise<void> {
    await this.#source.read(offset, target);
    const end = offset + target.length;
    if (offset > this.#hashed || end <= this.#hashed) return;
    this.#hash.update(target.subarray(this.#hashed - offset));
    this.#hashed = end;
  }

  /**
   * The SHA-256 of all bytes, in hexadecimal digits; to be asked for once.
   *
   * @throws {FlmError} if bytes that nobody has read cannot be had.
   */
  async hex(): Promise<string> {
    const left = this.size - this.#hashed;
    using work = beginWork(`hash ${this.name}`, left);
    const buffer = new Uint8Array(Math.min(PIECE, left));
    while (this.#hashed < this.size) {
      const length = Math.min(buffer.length, this.size - this.#hashed);
      await this.read(this.#hashed, buffer.subarray(0, length));
      work.add(length);
    }
    return this.#hash.hex();
  }

  /** Closes the source. */
  close(): void {
    this.#source.close();
  }
}
