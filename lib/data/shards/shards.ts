/**
 * Reads folders of token shards: any block of a split, in any order, without
 * holding the corpus in memory.
 *
 * @module
 */
import { DataError } from "../../errors.ts";
import { fileSize } from "../../system/exists.ts";
import { hashFile } from "../../io/hash_file.ts";
import { joinLocation } from "../../system/location.ts";
import { OpenFiles } from "../../system/open_files.ts";
import { explainSystemError } from "../../system/system_error.ts";
import { type BlockSource, checkBlockIndex } from "./blocks.ts";
import {
  bytesPerId,
  preprocessCommand,
  remakeShards,
  type ShardFile,
  type ShardManifest,
  type SplitName,
} from "./manifest.ts";
import { readManifest } from "./read_manifest.ts";
import { holdShards } from "./in_use.ts";

/** What the reader of shards relies on; everything given is compared with the manifest. */
export interface ShardExpectation {
  /** The tokenizer of the run. */
  tokenizer?: {
    /** Its name. */
    readonly name: string;
    /** SHA-256 (hex) of its vocabulary and rules. */
    readonly fingerprint: string;
  };
  /** The block length of the run. */
  length?: number;
}

/**
 * Opens a folder of shards and checks that every shard is there with its full
 * size. The content is checked by {@linkcode ShardSet.verify}.
 *
 * @throws {DataError} if the manifest or a shard is missing, a shard has another
 * size than it should, or tokenizer or block length are not the expected ones.
 */
export async function openShards(
  folder: string,
  expected: ShardExpectation = {},
): Promise<ShardSet> {
  const held = await holdShards(folder);
  try {
    const manifest = await readManifest(folder);
    await requireExpected(folder, manifest, expected);
    return new ShardSet(folder, manifest, held);
  } catch (error) {
    held?.close();
    throw error;
  }
}

async function requireExpected(
  folder: string,
  manifest: ShardManifest,
  expected: ShardExpectation,
): Promise<void> {
  const { tokenizer, length } = manifest;
  if (expected.tokenizer !== undefined) {
    const { name, fingerprint } = expected.tokenizer;
    if (tokenizer.name !== name || tokenizer.fingerprint !== fingerprint) {
      throw new DataError(
        `The shards in ${folder} were made with the tokenizer ${tokenizer.name} (fingerprint ` +
          `${tokenizer.fingerprint.slice(0, 12)}), but ${name} (${fingerprint.slice(0, 12)}) is ` +
          `asked for. Set data.tokenizer or data.dir, or make the shards again with ` +
          `${preprocessCommand()}.`,
      );
    }
  }
  if (expected.length !== undefined && expected.length !== length) {
    throw new DataError(
      `The shards in ${folder} hold blocks of ${length} tokens, but data.length is ` +
        `${expected.length}. Set data.length or data.dir, or make the shards again with ` +
        `${preprocessCommand()}.`,
    );
  }
  for (const split of Object.values(manifest.splits)) {
    for (const shard of split.shards) await checkSize(folder, shard);
  }
}

/** Options of {@linkcode ShardSet.verify}. */
export interface VerifyOptions {
  /** Called after every shard, with the bytes compared so far and of all shards. */
  onProgress?: ((done: number, total: number) => void) | undefined;
  /** Stops the work. */
  signal?: AbortSignal | undefined;
}

/** An open folder of shards; made by {@linkcode openShards}. */
export class ShardSet implements Disposable {
  /** What the shards hold. */
  readonly manifest: ShardManifest;
  readonly #folder: string;
  readonly #files = new OpenFiles();
  readonly #held: Deno.FsFile | null;

  /**
   * Wraps a folder whose manifest is known to fit its shards.
   *
   * @param held What keeps the folder from being replaced; it is closed at the end.
   */
  constructor(folder: string, manifest: ShardManifest, held: Deno.FsFile | null = null) {
    this.#folder = folder;
    this.manifest = manifest;
    this.#held = held;
  }

  /** The blocks of a split. They can be read until the set is closed. */
  blocks(split: SplitName): BlockSource {
    const { length, dtype, tokenizer: { vocabSize } } = this.manifest;
    const { blocks: numBlocks, shards } = this.manifest.splits[split];
    const idBytes = bytesPerId(dtype);
    const view = new DataView(new ArrayBuffer(length * idBytes));
    const bytes = new Uint8Array(view.buffer);
    return {
      numBlocks,
      length,
      read: (index, target, offset) => {
        checkBlockIndex(index, numBlocks, `the ${split} split of ${this.#folder}`);
        const { shard, block } = locate(shards, index);
        this.#read(shard, block * bytes.length, bytes);
        for (let i = 0; i < length; i++) {
          const id = idBytes === 2 ? view.getUint16(i * 2, true) : view.getUint32(i * 4, true);
          if (id >= vocabSize) {
            throw new DataError(
              `Shard ${this.#path(shard)} is altered: block ${block} holds the id ${id}, but the ` +
                `vocabulary ends at ${vocabSize - 1}. ${remakeShards()}`,
            );
          }
          target[offset + i] = id;
        }
      },
    };
  }

  /**
   * Compares the SHA-256 of every shard with the manifest.
   *
   * @throws {DataError} naming the first shard that was altered.
   */
  async verify({ onProgress, signal }: VerifyOptions = {}): Promise<void> {
    const shards = Object.values(this.manifest.splits).flatMap((split) => split.shards);
    const total = shards.reduce((sum, { bytes }) => sum + bytes, 0);
    let done = 0;
    for (const shard of shards) {
      signal?.throwIfAborted();
      const digest = await hashFile(this.#path(shard), DataError);
      if (digest !== shard.sha256) {
        throw new DataError(
          `Shard ${this.#path(shard)} is altered: its SHA-256 is ${digest}, the manifest says ` +
            `${shard.sha256}. ${remakeShards()}`,
        );
      }
      onProgress?.(done += shard.bytes, total);
    }
  }

  /** Closes the files. */
  close(): void {
    this.#files.close();
    this.#held?.close();
  }

  /** Closes the files at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  #path(shard: ShardFile): string {
    return joinLocation(this.#folder, shard.file);
  }

  #read(shard: ShardFile, position: number, target: Uint8Array): void {
    const path = this.#path(shard);
    let count: number;
    try {
      count = this.#files.readSync(path, position, target);
    } catch (error) {
      throw explainSystemError("read", path, error, DataError);
    }
    if (count < target.length) throw truncated(path, position + count, shard.bytes);
  }
}

/** The shard that holds a block of the split, and the block's number within it. */
function locate(shards: readonly ShardFile[], index: number): { shard: ShardFile; block: number } {
  // All shards but the last are equally full.
  const perShard = shards[0]!.blocks;
  return { shard: shards[Math.floor(index / perShard)]!, block: index % perShard };
}

async function checkSize(folder: string, shard: ShardFile): Promise<void> {
  const path = joinLocation(folder, shard.file);
  const size = await fileSize(path);
  if (size === null) throw new DataError(`Shard ${path} is missing. ${remakeShards()}`);
  if (size !== shard.bytes) throw truncated(path, size, shard.bytes);
}

function truncated(path: string, size: number, expected: number): DataError {
  const word = size < expected ? "truncated" : "altered";
  return new DataError(
    `Shard ${path} is ${word}: ${size} bytes, the manifest says ${expected}. ${remakeShards()}`,
  );
}
