/**
 * Writes token blocks as a row of shard files of bounded size.
 *
 * @module
 */
import { bytesPerId, dtypeFor, type ShardFile, type SplitName } from "./manifest.ts";

/** The size that a shard does not exceed unless told otherwise: 32 MiB. */
export const DEFAULT_SHARD_BYTES = 32 * 2 ** 20;

/** What the blocks of a split are like. */
export interface ShardWriterOptions {
  /** Tokens in a block. */
  length: number;
  /** The number of token ids; decides how many bytes an id takes. */
  vocabSize: number;
  /** Upper bound of a shard's size in bytes (a shard holds at least one block). */
  maxShardBytes?: number;
}

/**
 * Collects the blocks of one split and writes a file `<split>-00000.bin`,
 * `<split>-00001.bin`, ... whenever a shard is full: ids of 2 or 4 bytes,
 * little-endian. It holds one shard in memory.
 */
export class ShardWriter {
  readonly #folder: string;
  readonly #split: SplitName;
  readonly #length: number;
  readonly #idBytes: 2 | 4;
  readonly #view: DataView<ArrayBuffer>;
  readonly #shards: ShardFile[] = [];
  #fill = 0;
  #blocks = 0;

  /** Makes a writer into an existing folder; it should hold no other shards. */
  constructor(folder: string, split: SplitName, options: ShardWriterOptions) {
    const { length, vocabSize, maxShardBytes = DEFAULT_SHARD_BYTES } = options;
    this.#folder = folder;
    this.#split = split;
    this.#length = length;
    this.#idBytes = bytesPerId(dtypeFor(vocabSize));
    const blockBytes = length * this.#idBytes;
    const perShard = Math.max(1, Math.floor(maxShardBytes / blockBytes));
    this.#view = new DataView(new ArrayBuffer(perShard * blockBytes));
  }

  /** The number of blocks added so far. */
  get blocks(): number {
    return this.#blocks;
  }

  /** Adds one block of L ids. */
  async add(block: Uint32Array): Promise<void> {
    if (this.#fill === this.#view.byteLength) await this.#flush();
    for (const id of block) {
      if (this.#idBytes === 2) this.#view.setUint16(this.#fill, id, true);
      else this.#view.setUint32(this.#fill, id, true);
      this.#fill += this.#idBytes;
    }
    this.#blocks++;
  }

  /** Writes what is left and returns the entries of all shards. */
  async finish(): Promise<ShardFile[]> {
    if (this.#fill > 0) await this.#flush();
    return this.#shards;
  }

  async #flush(): Promise<void> {
    const bytes = new Uint8Array(this.#view.buffer, 0, this.#fill);
    const file = `${this.#split}-${String(this.#shards.length).padStart(5, "0")}.bin`;
    await Deno.writeFile(`${this.#folder}/${file}`, bytes);
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    this.#shards.push({
      file,
      blocks: bytes.length / (this.#length * this.#idBytes),
      bytes: bytes.length,
      sha256: new Uint8Array(digest).toHex(),
    });
    this.#fill = 0;
  }
}
