/**
 * Tokenizes batches of text on several threads, in order and with bounded memory.
 *
 * @module
 */
import { DataError } from "../../errors.ts";
import { type Communicator, ONE_PROCESS } from "../../system/communicator.ts";
import { shareOut } from "../../system/share_out.ts";
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

/** Who encodes batches besides this process's pool, and what stops them. */
export interface EncodeOptions {
  /** The processes that encode together, all with the same batches; this one alone unless given. */
  readonly ranks?: Communicator | undefined;
  /** Stops a rank that helps rank 0, which then fails; what stops rank 0 is its caller's. */
  readonly signal?: AbortSignal | undefined;
}

/** A rank that helped rank 0 was told to stop. */
export class StoppedRankError extends DataError {}

/**
 * The tokens of batches, in the order of the batches, whatever the number of workers and ranks. No
 * more than `pool.depth` batches of a rank are read ahead. Where a rank is stopped that helps rank
 * 0, the others give no more.
 *
 * @throws {DataError} if a worker fails.
 * @throws {StoppedRankError} on rank 0, if another was told to stop.
 */
export async function* encodeInOrder(
  batches: AsyncIterable<TextBatch>,
  pool: EncoderPool,
  { ranks = ONE_PROCESS, signal }: EncodeOptions = {},
): AsyncGenerator<EncodedText> {
  const encode = async (batch: TextBatch) =>
    ranks.rank > 0 && signal?.aborted ? null : await pool.encode(batch);
  const { depth } = pool;
  const options = { ranks, depth, stays: ({ continues }: TextBatch) => continues };
  for await (const [batch, encoded] of shareOut(batches, encode, options)) {
    if (encoded !== null) {
      yield { batch, ...encoded };
      continue;
    }
    if (ranks.rank > 0) return;
    throw new StoppedRankError(
      "Another rank was told to stop. What was made so far is kept: the same command goes on.",
    );
  }
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
