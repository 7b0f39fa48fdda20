/**
 * Reads blocks on a thread of its own; see read_ahead.ts.
 *
 * @module
 */
import type { BlockSource } from "./blocks.ts";
import type { SplitName } from "./manifest.ts";
import { openShards } from "./shards.ts";

/** What the worker is asked: first which shards, then for blocks. */
export type ReadRequest =
  | {
    /** Open shards. */
    kind: "open";
    /** Their folder. */
    folder: string;
    /** Whose blocks to read. */
    split: SplitName;
  }
  | {
    /** Read blocks. */
    kind: "read";
    /** Their numbers. */
    indices: Uint32Array;
  };

/**
 * The ids of the blocks, one after another, once for each `read`; null if they cannot be read, of
 * which whoever reads the same blocks without this thread is told the reason.
 */
export type ReadReply = Uint32Array<ArrayBuffer> | null;

/** The part of a worker's global scope that is used; the types at hand are those of a page. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ReadRequest>) => void) | null;
  postMessage(reply: ReadReply, transfer: Transferable[]): void;
}

const scope = self as unknown as WorkerScope;
let blocks: Promise<BlockSource>;

async function open({ folder, split }: Extract<ReadRequest, { kind: "open" }>) {
  return (await openShards(folder)).blocks(split);
}

async function read(indices: Uint32Array): Promise<ReadReply> {
  try {
    const source = await blocks;
    const tokens = new Uint32Array(indices.length * source.length);
    indices.forEach((index, i) => source.read(index, tokens, i * source.length));
    return tokens;
  } catch {
    return null;
  }
}

scope.onmessage = async ({ data }) => {
  if (data.kind === "open") {
    blocks = open(data);
    blocks.catch(() => {});
    return;
  }
  const tokens = await read(data.indices);
  scope.postMessage(tokens, tokens === null ? [] : [tokens.buffer]);
};
