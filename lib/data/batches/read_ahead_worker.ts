/**
 * Reads blocks on a thread of its own; see read_ahead.ts.
 *
 * @module
 */
import type { BlockSource } from "../shards/blocks.ts";
import type { SplitName } from "../shards/manifest.ts";
import { readManifest } from "../shards/read_manifest.ts";
import { ShardSet } from "../shards/shards.ts";
import { answerRequests } from "../worker_thread.ts";

/** Blocks that the worker is to read, always of the same shards. */
export interface ReadRequest {
  /** The folder of the shards. */
  folder: string;
  /** Whose blocks to read. */
  split: SplitName;
  /** Their numbers. */
  indices: Uint32Array;
}

/**
 * The ids of the blocks, one after another; null if they cannot be read, of which whoever reads the
 * same blocks without this thread is told the reason.
 */
export type ReadReply = Uint32Array<ArrayBuffer> | null;

let blocks: BlockSource | undefined;

async function read({ folder, split, indices }: ReadRequest): Promise<ReadReply> {
  try {
    // Whoever asks keeps the folder as it is.
    const source = blocks ??= new ShardSet(folder, await readManifest(folder)).blocks(split);
    const tokens = new Uint32Array(indices.length * source.length);
    indices.forEach((index, i) => source.read(index, tokens, i * source.length));
    return tokens;
  } catch {
    return null;
  }
}

answerRequests(read, (tokens) => tokens === null ? [] : [tokens.buffer]);
