/**
 * Reads training batches before they are asked for, while the step before is computed.
 *
 * @module
 */
import {
  type BatchSlice,
  type BatchSource,
  type SampleRange,
  sliceBatch,
  type TrainingBatches,
} from "./batches.ts";
import type { SplitName } from "../shards/manifest.ts";
import type { ReadReply, ReadRequest } from "./read_ahead_worker.ts";
import { WorkerThread } from "../worker_thread.ts";

/** Small batches are read together, up to so many steps and tokens: each answer costs a turn. */
const GROUP_STEPS = 16;
const GROUP_TOKENS = 1 << 18;

/** Which shards batches are made of. */
export interface ReadAheadOptions {
  /** The folder of the shards. */
  folder: string;
  /** Whose blocks the batches have. */
  split: SplitName;
  /** The part of each batch that this process takes; the whole of it unless given. */
  share?: Pick<BatchSlice, "rank" | "numRanks">;
}

/**
 * Batches that a thread reads ahead. Where it cannot, they are read when they are asked for, and
 * what is wrong with them shows there.
 */
export class ReadAhead implements BatchSource, Disposable {
  readonly batchSize: number;
  readonly padId: number | null;
  readonly #batches: TrainingBatches;
  readonly #options: ReadAheadOptions;
  readonly #thread = new WorkerThread<ReadRequest, ReadReply>(
    "A reading worker",
    new URL("./read_ahead_worker.ts", import.meta.url),
  );
  readonly #stepsInGroup: number;
  /** The samples of a batch that are read ahead. */
  readonly #share: SampleRange;
  /** The batches of some steps in a row, by the number of the group. */
  readonly #groups = new Map<number, Promise<Uint32Array | null>>();
  #ready: { group: number; tokens: Uint32Array } | null = null;

  /**
   * Starts the thread. Needs permission to read this program.
   *
   * @throws {DataError} if the batch cannot be shared out evenly.
   */
  constructor(batches: TrainingBatches, options: ReadAheadOptions) {
    this.#share = sliceBatch(batches.batchSize, options.share);
    this.batchSize = batches.batchSize;
    this.padId = batches.padId;
    this.#batches = batches;
    const steps = Math.floor(GROUP_TOKENS / (this.#share.count * batches.length));
    this.#stepsInGroup = Math.min(GROUP_STEPS, Math.max(1, steps));
    this.#options = options;
  }

  /**
   * Waits until batch number `step` has been read, and has those after it read meanwhile. It does
   * not fail: what cannot be read is read once more by {@linkcode read}.
   */
  async prepare(step: number): Promise<void> {
    const group = Math.floor(step / this.#stepsInGroup);
    if (this.#ready?.group === group) return;
    for (const known of this.#groups.keys()) if (known < group) this.#groups.delete(known);
    for (const next of [group, group + 1]) {
      if (!this.#groups.has(next)) this.#groups.set(next, this.#request(next));
    }
    const tokens = await this.#groups.get(group)!;
    this.#ready = tokens && { group, tokens };
  }

  /**
   * The token ids [count·L] of a slice of batch number `step`, counted from 0.
   *
   * @throws {DataError} if there is no such slice or a block cannot be read.
   */
  read(step: number, slice: BatchSlice = {}): Uint32Array {
    const group = Math.floor(step / this.#stepsInGroup);
    if (this.#ready?.group !== group) return this.#batches.read(step, slice);
    const { offset, count } = sliceBatch(this.batchSize, slice);
    const share = this.#share;
    const before = offset - share.offset;
    if (before < 0 || before + count > share.count) return this.#batches.read(step, slice);
    const first = step % this.#stepsInGroup * share.count + before;
    const { length } = this.#batches;
    return this.#ready.tokens.slice(first * length, (first + count) * length);
  }

  /** Ends the thread. */
  [Symbol.dispose](): void {
    this.#thread[Symbol.dispose]();
  }

  #request(group: number): Promise<Uint32Array | null> {
    const { offset, count } = this.#share;
    const indices = Uint32Array.from({ length: this.#stepsInGroup * count }, (_, i) => {
      const step = group * this.#stepsInGroup + Math.floor(i / count);
      return this.#batches.blockIndex(step * this.batchSize + offset + i % count);
    });
    const { folder, split } = this.#options;
    return this.#thread.ask({ folder, split, indices }).catch(() => null);
  }
}
