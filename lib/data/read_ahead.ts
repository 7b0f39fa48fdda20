/**
 * Reads training batches before they are asked for, while the step before is computed.
 *
 * @module
 */
import { type BatchSlice, type BatchSource, sliceBatch, type TrainingBatches } from "./batches.ts";
import type { SplitName } from "./manifest.ts";
import type { ReadReply, ReadRequest } from "./read_ahead_worker.ts";

/** Batches that are read before the one that is awaited has been used. */
const STEPS_AHEAD = 2;

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
  readonly #worker: Worker;
  readonly #tokens = new Map<number, Promise<Uint32Array | null>>();
  #requests: PromiseWithResolvers<Uint32Array | null>[] = [];
  #ready: { step: number; tokens: Uint32Array } | null = null;
  #ended = false;

  /** Starts the thread. Needs permission to read this program. */
  constructor(batches: TrainingBatches, { folder, split }: ReadAheadOptions) {
    this.batchSize = batches.batchSize;
    this.padId = batches.padId;
    this.#batches = batches;
    const url = new URL("./read_ahead_worker.ts", import.meta.url);
    this.#worker = new Worker(url, { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<ReadReply>) => {
      this.#requests.shift()!.resolve(data);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this[Symbol.dispose]();
    };
    this.#post({ kind: "open", folder, split });
  }

  /**
   * Waits until batch number `step` has been read, and has those after it read meanwhile. It does
   * not fail: what cannot be read is read once more by {@linkcode read}.
   */
  async prepare(step: number): Promise<void> {
    for (const known of this.#tokens.keys()) if (known < step) this.#tokens.delete(known);
    for (let next = step; next <= step + STEPS_AHEAD; next++) {
      if (!this.#tokens.has(next)) this.#tokens.set(next, this.#request(next));
    }
    const tokens = await this.#tokens.get(step)!;
    this.#ready = tokens && { step, tokens };
  }

  /**
   * The token ids [count·L] of a slice of batch number `step`, counted from 0.
   *
   * @throws {DataError} if there is no such slice or a block cannot be read.
   */
  read(step: number, slice: BatchSlice = {}): Uint32Array {
    if (this.#ready?.step !== step) return this.#batches.read(step, slice);
    const { tokens } = this.#ready;
    const { offset, count } = sliceBatch(this.batchSize, slice);
    const length = tokens.length / this.batchSize;
    return tokens.slice(offset * length, (offset + count) * length);
  }

  /** Ends the thread. */
  [Symbol.dispose](): void {
    this.#ended = true;
    this.#worker.terminate();
    for (const { resolve } of this.#requests.splice(0)) resolve(null);
  }

  #request(step: number): Promise<Uint32Array | null> {
    if (this.#ended) return Promise.resolve(null);
    const first = step * this.batchSize;
    const indices = Uint32Array.from(
      { length: this.batchSize },
      (_, i) => this.#batches.blockIndex(first + i),
    );
    this.#post({ kind: "read", indices });
    const request = Promise.withResolvers<Uint32Array | null>();
    this.#requests.push(request);
    return request.promise;
  }

  #post(request: ReadRequest): void {
    this.#worker.postMessage(request);
  }
}
