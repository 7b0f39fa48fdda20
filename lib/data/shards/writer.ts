/**
 * Writes token blocks as a row of shard files of bounded size, and can go on
 * where it was cut off.
 *
 * @module
 */
import { DataError } from "../../errors.ts";
import { fileSize } from "../../system/exists.ts";
import { whileWriting } from "../../system/system_error.ts";
import { writeAll } from "../../system/write_all.ts";
import { hashFile } from "../../io/hash_file.ts";
import { bytesPerId, dtypeFor, type ShardFile, type SplitName } from "./manifest.ts";

/** The size that a shard does not exceed unless told otherwise: 32 MiB. */
const DEFAULT_SHARD_BYTES = 32 * 2 ** 20;

/** What the blocks of a split are like. */
export interface ShardWriterOptions {
  /** Tokens in a block. */
  length: number;
  /** The number of token ids; decides how many bytes an id takes. */
  vocabSize: number;
  /** Upper bound of a shard's size in bytes (a shard holds at least one block). */
  maxShardBytes?: number;
}

/** What a writer has put on disk. */
export interface ShardWriterState {
  /** The shards that are full. */
  shards: ShardFile[];
  /** Bytes of the shard after these. */
  openBytes: number;
}

/** The advice that ends messages about a folder in which a preprocessing cannot go on. */
export function beginAnew(folder: string): string {
  return `Remove the folder ${folder} to begin anew.`;
}

/** Bytes that are worth writing. */
const ENOUGH_BYTES = 1 << 20;

/**
 * Writes the blocks of one split into files `<split>-00000.bin`,
 * `<split>-00001.bin`, ... whenever a shard is full: ids of 2 or 4 bytes,
 * little-endian. Blocks are held in memory until {@linkcode flush} is called.
 */
export class ShardWriter implements Disposable {
  readonly #folder: string;
  readonly #split: SplitName;
  readonly #blockBytes: number;
  readonly #shardBytes: number;
  readonly #idBytes: 2 | 4;
  readonly #shards: ShardFile[] = [];
  #blocks = 0;
  #file: Deno.FsFile | null = null;
  /** Bytes of the open shard that are in its file. */
  #written = 0;
  #buffer = new ArrayBuffer(ENOUGH_BYTES);
  /** Bytes that are in the buffer. */
  #fill = 0;

  /** Makes a writer into an existing folder; it should hold no other shards of the split. */
  constructor(folder: string, split: SplitName, options: ShardWriterOptions) {
    const { length, vocabSize, maxShardBytes = DEFAULT_SHARD_BYTES } = options;
    this.#folder = folder;
    this.#split = split;
    this.#idBytes = bytesPerId(dtypeFor(vocabSize));
    this.#blockBytes = length * this.#idBytes;
    this.#shardBytes = this.#blockBytes * Math.max(1, Math.floor(maxShardBytes / this.#blockBytes));
  }

  /** The number of blocks added so far. */
  get blocks(): number {
    return this.#blocks;
  }

  /** Whether there is enough to be worth a {@linkcode flush}. */
  get hasEnough(): boolean {
    return this.#fill >= ENOUGH_BYTES;
  }

  /** Adds one block of L ids. */
  add(block: Uint32Array): void {
    const end = this.#fill + this.#blockBytes;
    if (end > this.#buffer.byteLength) this.#buffer = this.#buffer.transfer(2 * end);
    // Every machine that Deno runs on is little-endian.
    const Ids = this.#idBytes === 2 ? Uint16Array : Uint32Array;
    new Ids(this.#buffer, this.#fill, block.length).set(block);
    this.#fill = end;
    this.#blocks++;
  }

  /**
   * Writes the blocks that were added. No other may be added until it has ended.
   *
   * @throws {FlmError} if the disk is full, or whatever else keeps them from being written.
   */
  async flush(): Promise<void> {
    const bytes = new Uint8Array(this.#buffer, 0, this.#fill);
    for (let at = 0; at < bytes.length;) {
      const end = Math.min(bytes.length, at + this.#shardBytes - this.#written);
      await whileWriting(this.#path(), this.#write(bytes.subarray(at, end)));
      at = end;
      if (this.#written === this.#shardBytes) await this.#endShard();
    }
    this.#fill = 0;
  }

  /** Brings everything to disk, durably, and says what is there. @throws {FlmError} */
  async save(): Promise<ShardWriterState> {
    await this.flush();
    await whileWriting(this.#path(), Promise.resolve(this.#file?.sync()));
    return { shards: this.#shards, openBytes: this.#written };
  }

  /**
   * Goes on after the blocks of a saved state; what was written later is cut off.
   *
   * @throws {DataError} if files are missing, shorter than they were or changed, or are none of
   * these.
   */
  async restore({ shards, openBytes }: ShardWriterState): Promise<void> {
    for (const shard of shards) {
      const { file, blocks, bytes, sha256 } = shard;
      if (
        file !== this.#fileName() || bytes !== this.#shardBytes ||
        blocks * this.#blockBytes !== bytes
      ) {
        throw this.#lost(`${file} is not the shard that belongs there`);
      }
      const size = await fileSize(this.#path());
      if (size !== bytes) throw this.#lost(`${file} ${sizeInWords(size)}, expected ${bytes} bytes`);
      if (await hashFile(this.#path(), DataError) !== sha256) {
        throw this.#lost(`${file} has other content than was written to it`);
      }
      this.#shards.push(shard);
      this.#blocks += blocks;
    }
    if (openBytes === 0) return;
    const file = this.#fileName();
    if (openBytes >= this.#shardBytes || openBytes % this.#blockBytes !== 0) {
      throw this.#lost(`${file} cannot have had ${openBytes} bytes`);
    }
    const size = await fileSize(this.#path());
    if ((size ?? 0) < openBytes) {
      throw this.#lost(`${file} ${sizeInWords(size)}, expected ${openBytes} bytes or more`);
    }
    await whileWriting(this.#path(), this.#reopen(openBytes));
    this.#written = openBytes;
    this.#blocks += openBytes / this.#blockBytes;
  }

  /** Writes what is left and returns the entries of all shards. */
  async finish(): Promise<ShardFile[]> {
    await this.flush();
    if (this.#written > 0) await this.#endShard();
    return this.#shards;
  }

  /** Closes the open file. */
  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = null;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#file ??= await Deno.open(this.#path(), { write: true, create: true, truncate: true });
    await writeAll(this.#file, bytes);
    this.#written += bytes.length;
  }

  async #reopen(bytes: number): Promise<void> {
    this.#file = await Deno.open(this.#path(), { read: true, write: true });
    await this.#file.truncate(bytes);
    await this.#file.seek(0, Deno.SeekMode.End);
  }

  async #endShard(): Promise<void> {
    await whileWriting(this.#path(), Promise.resolve(this.#file?.sync()));
    this[Symbol.dispose]();
    this.#shards.push({
      file: this.#fileName(),
      blocks: this.#written / this.#blockBytes,
      bytes: this.#written,
      sha256: await hashFile(this.#path(), DataError),
    });
    this.#written = 0;
  }

  #fileName(): string {
    return `${this.#split}-${String(this.#shards.length).padStart(5, "0")}.bin`;
  }

  /** The path of the open shard. */
  #path(): string {
    return `${this.#folder}/${this.#fileName()}`;
  }

  #lost(reason: string): DataError {
    return new DataError(
      `Cannot go on in ${this.#folder}: ${reason}. ${beginAnew(this.#folder)}`,
    );
  }
}

function sizeInWords(size: number | null): string {
  return size === null ? "is missing" : `has ${size} bytes`;
}
