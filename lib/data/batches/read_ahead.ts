/**
 * Reads training batches before they are asked for, while the step before is computed.
 *
 * @module
 */
import { type BatchSlice, type BatchSource, sliceBatch, type TrainingBatches } from "./batches.ts";
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
  /** The batches of some steps in a row, by the number of the group. */
  readonly #groups = new Map<number, Promise<Uint32Array | null>>();
  #ready: { group: number; tokens: Uint32Array } | null = null;

  /** Starts the thread. Needs permission to read this program. */
  constructor(batches: TrainingBatches, options: ReadAheadOptions) {
    this.batchSize = batches.batchSize;
    this.padId = batches.padId;
    this.#batches = batches;
    const steps = Math.floor(GROUP_TOKENS / (batches.batchSize * batches.length));
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
    const first = step % this.#stepsInGroup * this.batchSize + offset;
    const { length } = this.#batches;
    return this.#ready.tokens.slice(first * length, (first + count) * length);
  }

  /** Ends the thread. */
  [Symbol.dispose](): void {
    this.#thread[Symbol.dispose]();
  }

  #request(group: number): Promise<Uint32Array | null> {
    const count = this.#stepsInGroup * this.batchSize;
    const indices = Uint32Array.from(
      { length: count },
      (_, i) => this.#batches.blockIndex(group * count + i),
    );
    return this.#thread.ask({ ...this.#options, indices }).catch(() => null);
  }
}
