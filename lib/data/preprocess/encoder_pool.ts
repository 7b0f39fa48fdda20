/**
 * Tokenizes batches of text on several threads, in order and with bounded memory.
 *
 * @module
 */
import { DataError } from "../../errors.ts";
import type { WorkerReply, WorkerRequest } from "./encoder_worker.ts";
import type { TextBatch } from "./text_batches.ts";
import type { BatchEncoder, EncodedBatch, TextJob } from "./text_encoder.ts";
import { WorkerThread } from "../worker_thread.ts";

/** Something that encodes batches, one document's batches in their order. */
export interface EncoderPool extends Disposable {
  /** Batches that it can be given before the first is done. */
  readonly depth: number;
  /** The tokens of a batch. @throws {DataError} if a worker fails. */
  encode(batch: TextBatch): Promise<EncodedBatch>;
}

/** A batch with its tokens. */
export interface EncodedText extends EncodedBatch {
  /** The batch. */
  batch: TextBatch;
}

/**
 * The tokens of batches, in the order of the batches, whatever the number of workers. No more than
 * `pool.depth` batches are read ahead.
 *
 * @throws {DataError} if a worker fails.
 */
export async function* encodeInOrder(
  batches: AsyncIterable<TextBatch>,
  pool: EncoderPool,
): AsyncGenerator<EncodedText> {
  const queue: Promise<EncodedText>[] = [];
  for await (const batch of batches) {
    const encoded = pool.encode(batch).then((result) => ({ batch, ...result }));
    // It is awaited when its turn comes; until then a failure is nobody's.
    encoded.catch(() => {});
    queue.push(encoded);
    if (queue.length >= pool.depth) yield await queue.shift()!;
  }
  while (queue.length > 0) yield await queue.shift()!;
}

/** A pool without threads. */
export function inlinePool(encoder: BatchEncoder): EncoderPool {
  return {
    depth: 1,
    encode: (batch) => Promise.resolve(encoder.encode(batch)),
    [Symbol.dispose]() {},
  };
}

/** Batches in flight for each worker: one in work, and some for when another's is waited for. */
const DEPTH = 4;

/** How workers make their tokenizer. */
export type WorkerSetup = Extract<WorkerRequest, { kind: "begin" }>["setup"];

/** Worker threads, each with a tokenizer of its own. */
export class WorkerPool implements EncoderPool {
  readonly depth: number;
  readonly #workers: EncoderThread[];
  #last: EncoderThread;

  /**
   * Starts workers, which get ready while other work goes on. Needs permission to read this
   * program.
   */
  constructor(numWorkers: number, setup: WorkerSetup) {
    this.#workers = Array.from({ length: numWorkers }, () => new EncoderThread(setup));
    this.#last = this.#workers[0]!;
    this.depth = DEPTH * numWorkers;
  }

  /**
   * See {@linkcode EncoderPool.encode}: an open document stays with its worker.
   *
   * @throws {DataError} if a worker fails, could not start, or has not the expected tokenizer.
   */
  encode({ texts, continues, open }: TextBatch): Promise<EncodedBatch> {
    if (!continues) {
      this.#last = this.#workers.reduce((best, worker) =>
        worker.numWaiting < best.numWaiting ? worker : best
      );
    }
    return this.#last.encode({ texts, continues, open });
  }

  /** Ends the threads, whatever they are at. */
  [Symbol.dispose](): void {
    for (const worker of this.#workers) worker[Symbol.dispose]();
  }
}

/** One worker with its tokenizer. */
class EncoderThread implements Disposable {
  readonly #thread = new WorkerThread<WorkerRequest, WorkerReply>(
    "A tokenizing worker",
    new URL("./encoder_worker.ts", import.meta.url),
  );
  readonly #ready: Promise<unknown>;

  constructor(setup: WorkerSetup) {
    this.#ready = this.#ask({ kind: "begin", setup });
    // Whoever wants something encoded is told.
    this.#ready.catch(() => {});
  }

  get numWaiting(): number {
    return this.#thread.numWaiting;
  }

  async encode(job: TextJob): Promise<EncodedBatch> {
    const [, batch] = await Promise.all([this.#ready, this.#ask({ kind: "encode", job })]);
    return batch!;
  }

  [Symbol.dispose](): void {
    this.#thread[Symbol.dispose]();
  }

  async #ask(request: WorkerRequest): Promise<EncodedBatch | null> {
    const reply = await this.#thread.ask(request);
    if (reply.kind === "failed") throw new DataError(reply.message);
    return reply.kind === "encoded" ? reply.batch : null;
  }
}
