/**
 * Batches of token blocks for training and validation.
 *
 * @module
 */
import { DataError } from "../../errors.ts";
import type { BlockSource } from "../shards/blocks.ts";
import { Shuffle } from "./shuffle.ts";

/** Which part of a global batch is wanted; the whole of it unless given. */
export interface BatchSlice {
  /** This process, from 0. */
  rank?: number;
  /** Processes that share a batch. */
  numRanks?: number;
  /** The part of this process's share, from 0. */
  microBatch?: number;
  /** Parts in a process's share. */
  numMicroBatches?: number;
}

/** A run of samples in a global batch. */
export interface SampleRange {
  /** The first sample, counted from the beginning of the batch. */
  offset: number;
  /** The number of samples. */
  count: number;
}

/**
 * The samples of a slice: every rank takes an equal run of the global batch, and the rank's
 * micro-batches runs of that, of which the first have a sample more where they cannot be equal.
 *
 * @throws {DataError} if the ranks cannot be given equal parts, if a micro-batch would have no
 * sample, or if there is no such slice.
 */
export function sliceBatch(batchSize: number, slice: BatchSlice = {}): SampleRange {
  const { rank = 0, numRanks = 1, microBatch = 0, numMicroBatches = 1 } = slice;
  const share = batchSize / numRanks;
  if (!Number.isInteger(share)) {
    throw new DataError(
      `A batch of ${batchSize} cannot be divided evenly among ${numRanks} ranks: it must be a ` +
        `multiple of ${numRanks}.`,
    );
  }
  if (share < numMicroBatches) {
    throw new DataError(
      `A batch of ${batchSize} cannot be divided among ${numRanks} ranks of ${numMicroBatches} ` +
        `micro-batches each: it has fewer samples than there are of these.`,
    );
  }
  if (!(rank >= 0 && rank < numRanks && microBatch >= 0 && microBatch < numMicroBatches)) {
    throw new DataError(
      `There is no micro-batch ${microBatch} of rank ${rank}: ranks are 0 to ${numRanks - 1}, ` +
        `micro-batches 0 to ${numMicroBatches - 1}.`,
    );
  }
  const least = Math.floor(share / numMicroBatches);
  const larger = share % numMicroBatches;
  return {
    offset: rank * share + microBatch * least + Math.min(microBatch, larger),
    count: least + Number(microBatch < larger),
  };
}

/** Global batches of token blocks by the number of the step. */
export interface BatchSource {
  /** Blocks in a global batch. */
  readonly batchSize: number;
  /** The id that fills up blocks, or null. */
  readonly padId: number | null;
  /**
   * The token ids [count·L] of a slice of batch number `step`, counted from 0.
   *
   * @throws {DataError} if there is no such slice or a block cannot be read.
   */
  read(step: number, slice?: BatchSlice): Uint32Array;
}

/** How training data is batched. */
export interface TrainingBatchesOptions {
  /** Decides the order of the blocks. */
  seed: number;
  /** Blocks in a global batch, over all ranks and micro-batches. */
  batchSize: number;
  /** The id that fills up blocks, which no loss counts; null, the default, if none does. */
  padId?: number | null;
}

/**
 * Training batches: every epoch goes through all blocks in a shuffled order of
 * its own, batches run on from one epoch into the next, and none is left out.
 * A batch depends on the seed and the step only, so a resumed run, or one on
 * more ranks, sees the same data.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { memoryBlocks } from "../shards/blocks.ts";
 * import { TrainingBatches } from "./batches.ts";
 *
 * const blocks = memoryBlocks(new Uint32Array(10 * 8), 8);
 * const batches = new TrainingBatches(blocks, { seed: 1, batchSize: 4 });
 * const tokens = batches.read(0, { microBatch: 1, numMicroBatches: 2 });
 * assertEquals(tokens.length, 2 * 8);
 * ```
 */
export class TrainingBatches implements BatchSource {
  /** Blocks in a global batch. */
  readonly batchSize: number;
  /** Tokens in a block, L. */
  readonly length: number;
  /** The id that fills up blocks, or null. */
  readonly padId: number | null;
  readonly #blocks: BlockSource;
  readonly #shuffle: Shuffle;

  /**
   * Makes the batches of some blocks.
   *
   * @throws {DataError} if there are no blocks, or the batches would have none.
   */
  constructor(blocks: BlockSource, options: TrainingBatchesOptions) {
    checkNotEmpty(blocks);
    requireBatchSize(options.batchSize);
    this.batchSize = options.batchSize;
    this.length = blocks.length;
    this.padId = options.padId ?? null;
    this.#blocks = blocks;
    this.#shuffle = new Shuffle(blocks.numBlocks, options.seed);
  }

  /** The block that is sample number `sample` of the whole training, counted from 0. */
  blockIndex(sample: number): number {
    const { numBlocks } = this.#blocks;
    return this.#shuffle.at(sample % numBlocks, Math.floor(sample / numBlocks));
  }

  /** How often the data has been gone through when `step` begins. */
  epochAt(step: number): number {
    return (step * this.batchSize) / this.#blocks.numBlocks;
  }

  /**
   * The token ids [count·L] of a slice of batch number `step`, counted from 0.
   *
   * @throws {DataError} if there is no such slice or a block cannot be read.
   */
  read(step: number, slice: BatchSlice = {}): Uint32Array {
    const { offset, count } = sliceBatch(this.batchSize, slice);
    const first = step * this.batchSize + offset;
    return readBlocks(this.#blocks, count, (i) => this.blockIndex(first + i));
  }
}

/** Validation batches: the blocks in their order; the last batch may be smaller. */
export class ValidationBatches {
  /** The number of batches. */
  readonly numBatches: number;
  readonly #blocks: BlockSource;
  readonly #batchSize: number;

  /**
   * Makes the batches of some blocks.
   *
   * @throws {DataError} if there are no blocks, or the batches would have none.
   */
  constructor(blocks: BlockSource, batchSize: number) {
    checkNotEmpty(blocks);
    requireBatchSize(batchSize);
    this.numBatches = Math.ceil(blocks.numBlocks / batchSize);
    this.#blocks = blocks;
    this.#batchSize = batchSize;
  }

  /**
   * The token ids [count·L] of batch number `index`, counted from 0.
   *
   * @throws {DataError} if there is no such batch or a block cannot be read.
   */
  read(index: number): Uint32Array {
    if (!Number.isInteger(index) || index < 0 || index >= this.numBatches) {
      throw new DataError(
        `No validation batch ${index}: the batches are 0 to ${this.numBatches - 1}.`,
      );
    }
    const first = index * this.#batchSize;
    const count = Math.min(this.#batchSize, this.#blocks.numBlocks - first);
    return readBlocks(this.#blocks, count, (i) => first + i);
  }
}

function readBlocks(
  blocks: BlockSource,
  count: number,
  indexOf: (i: number) => number,
): Uint32Array {
  const tokens = new Uint32Array(count * blocks.length);
  for (let i = 0; i < count; i++) blocks.read(indexOf(i), tokens, i * blocks.length);
  return tokens;
}

function requireBatchSize(batchSize: number): void {
  if (Number.isInteger(batchSize) && batchSize > 0) return;
  throw new DataError(`Expected a whole number of blocks in a batch, found ${batchSize}.`);
}

function checkNotEmpty(blocks: BlockSource): void {
  if (blocks.numBlocks === 0) {
    throw new DataError("Cannot make batches of no blocks: the data holds not even one.");
  }
}
