/**
 * Reading the bytes of storages, each compared with its CRC-32 before or while they are used.
 *
 * @module
 */

import { CheckpointError } from "../errors.ts";
import type { ByteSource } from "../io/byte_source.ts";
import { describeKey } from "../schema/field.ts";
import { Crc32 } from "../zip/crc32.ts";
import type { ZipEntry } from "../zip/directory.ts";
import { isStored, type ZipFile } from "../zip/reader.ts";

/** Sizes that decide how a storage is read, in bytes. */
export interface StorageSizes {
  /** Storages up to here are read whole, and the last one is kept; 32 MiB unless given. */
  readonly kept?: number;
  /** Bytes that are in memory at once of a view that is no row, or of a compressed storage. */
  readonly held?: number;
  /** Bytes read at a time of what is only compared; 4 MiB unless given. */
  readonly piece?: number;
}

/** A part of an entry that is in memory. */
interface Held {
  readonly entry: ZipEntry;
  readonly from: number;
  readonly to: number;
  readonly bytes: Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Reads storages. Small ones are read whole. Of a large one, no more is in memory than what is
 * asked for: whoever reads all of it from front to back has it compared at its end, and before
 * anything else is read from the middle of it, it is compared once as a whole.
 */
export class StorageReader {
  readonly #source: ByteSource;
  readonly #zip: ZipFile;
  readonly #sizes: Required<StorageSizes>;
  readonly #large = new Map<ZipEntry, LargeStorage>();
  #held: Held | null = null;

  /** Reads entries of a zip file, and their bytes from the source that it lies in. */
  constructor(source: ByteSource, zip: ZipFile, sizes: StorageSizes = {}) {
    this.#source = source;
    this.#zip = zip;
    this.#sizes = { kept: 2 ** 25, held: 2 ** 30, piece: 2 ** 22, ...sizes };
  }

  /**
   * Fills `target` with bytes of a storage from `offset` on.
   *
   * @param all Whether all of the storage will be read, so that it may be compared at its end.
   * @throws {CheckpointError} if they cannot be read or are damaged.
   */
  async read(entry: ZipEntry, offset: number, target: Uint8Array, all: boolean): Promise<void> {
    if (!isStored(entry) || entry.size <= this.#sizes.kept) {
      const bytes = await this.span(entry, 0, entry.size);
      target.set(bytes.subarray(offset, offset + target.length));
      return;
    }
    const storage = this.#storage(entry);
    if (!all || offset > storage.compared) await storage.compareAll();
    await storage.read(offset, target);
  }

  /**
   * The bytes of a storage from `from` to `to`, which are kept until others are asked for.
   *
   * @throws {CheckpointError} if they cannot be read, are damaged, or too many.
   */
  span(entry: ZipEntry, from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
    const isWhole = !isStored(entry) || entry.size <= this.#sizes.kept;
    const held = this.#held;
    if (held?.entry === entry && held.from <= from && to <= held.to) {
      return held.bytes.then((bytes) => bytes.subarray(from - held.from, to - held.from));
    }
    const part = isWhole ? { from: 0, to: entry.size } : { from, to };
    const bytes = isWhole
      ? this.#zip.read(entry, this.#sizes.held)
      : this.#readSpan(entry, from, to);
    this.#held = { entry, ...part, bytes };
    return bytes.then((all) => all.subarray(from - part.from, to - part.from));
  }

  async #readSpan(entry: ZipEntry, from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
    if (to - from > this.#sizes.held) {
      throw new CheckpointError(
        `Cannot read ${this.#source.name}: a view of its storage ${describeKey(entry.name)} ` +
          `spreads over ${to - from} bytes; ${this.#sizes.held} are read at most. Save it as ` +
          `tensor.contiguous()`,
      );
    }
    const storage = this.#storage(entry);
    await storage.compareAll();
    const bytes = new Uint8Array(to - from);
    await storage.read(from, bytes);
    return bytes;
  }

  #storage(entry: ZipEntry): LargeStorage {
    let storage = this.#large.get(entry);
    if (storage === undefined) {
      storage = new LargeStorage(this.#source, this.#zip, entry, this.#sizes.piece);
      this.#large.set(entry, storage);
    }
    return storage;
  }
}

/** A storage that is never in memory as a whole. */
class LargeStorage {
  readonly #source: ByteSource;
  readonly #zip: ZipFile;
  readonly #entry: ZipEntry;
  readonly #piece: number;
  readonly #crc = new Crc32();
  #dataOffset: Promise<number> | undefined;
  #comparison: Promise<void> | undefined;
  /** All bytes in front of it are in the CRC. */
  #compared = 0;

  constructor(source: ByteSource, zip: ZipFile, entry: ZipEntry, piece: number) {
    this.#source = source;
    this.#zip = zip;
    this.#entry = entry;
    this.#piece = piece;
  }

  /** How many bytes have been read from the front on. */
  get compared(): number {
    return this.#compared;
  }

  /**
   * Fills `target`, and adds what is new to the CRC.
   *
   * @throws {CheckpointError} if the storage proves to be damaged.
   */
  async read(offset: number, target: Uint8Array): Promise<void> {
    const { size } = this.#entry;
    this.#dataOffset ??= this.#zip.dataOffset(this.#entry);
    await this.#source.read(await this.#dataOffset + offset, target);
    const end = offset + target.length;
    // Reads may overlap in time: another may have been here meanwhile.
    if (offset <= this.#compared && end > this.#compared) {
      this.#crc.update(target.subarray(this.#compared - offset));
      this.#compared = end;
    }
    if (this.#compared === size) this.#zip.requireCrc(this.#entry, this.#crc.value);
  }

  /** Reads all that was not read yet. @throws {CheckpointError} if it is damaged. */
  compareAll(): Promise<void> {
    return this.#comparison ??= this.#compareRest();
  }

  async #compareRest(): Promise<void> {
    const { size } = this.#entry;
    const buffer = new Uint8Array(Math.min(this.#piece, size - this.#compared));
    while (this.#compared < size) {
      const length = Math.min(buffer.length, size - this.#compared);
      await this.read(this.#compared, buffer.subarray(0, length));
    }
  }
}
