/**
 * Random access to packed token blocks, wherever they are kept.
 *
 * @module
 */
import { DataError } from "../../errors.ts";

/** A numbered collection of token blocks of one length. */
export interface BlockSource {
  /** The number of blocks. */
  readonly numBlocks: number;
  /** Tokens in a block, L. */
  readonly length: number;
  /**
   * Copies the L ids of block `index` into `target` from `offset` on.
   *
   * @throws {DataError} if there is no such block or it cannot be read.
   */
  read(index: number, target: Uint32Array, offset: number): void;
}

/**
 * Blocks held in memory: `tokens` is [numBlocks·length] and is not copied.
 *
 * @throws {DataError} if the tokens are not a whole number of blocks.
 */
export function memoryBlocks(tokens: Uint32Array, length: number): BlockSource {
  const numBlocks = tokens.length / length;
  if (!Number.isInteger(numBlocks)) {
    throw new DataError(
      `Cannot cut ${tokens.length} tokens into blocks of ${length}: the rest of the division is ` +
        `${tokens.length % length}.`,
    );
  }
  return {
    numBlocks,
    length,
    read(index, target, offset) {
      checkBlockIndex(index, numBlocks, "these blocks");
      target.set(tokens.subarray(index * length, (index + 1) * length), offset);
    },
  };
}

/** The tokens of the first `count` blocks, [L] each; of all if there are fewer. */
export function firstBlocks(blocks: BlockSource, count: number): Uint32Array[] {
  return Array.from({ length: Math.min(count, blocks.numBlocks) }, (_, i) => {
    const ids = new Uint32Array(blocks.length);
    blocks.read(i, ids, 0);
    return ids;
  });
}

/**
 * Checks that a block exists.
 *
 * @throws {DataError} if `index` is not a whole number in [0, numBlocks).
 */
export function checkBlockIndex(index: number, numBlocks: number, where: string): void {
  if (!Number.isInteger(index) || index < 0 || index >= numBlocks) {
    throw new DataError(`No block ${index} in ${where}: the blocks are 0 to ${numBlocks - 1}.`);
  }
}
