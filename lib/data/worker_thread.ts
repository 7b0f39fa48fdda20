/**
 * Threads that answer requests, and what such a thread does.
 *
 * @module
 */
import { DataError } from "../errors.ts";

/** A thread that gives one reply to each request, in the order of the requests. */
export class WorkerThread<Request, Reply> implements Disposable {
  readonly #name: string;
  readonly #worker: Worker;
  readonly #waiting: PromiseWithResolvers<Reply>[] = [];
  #failure: DataError | null = null;

  /**
   * Starts the thread. Needs permission to read this program.
   *
   * @param name What messages call it.
   * @param module A module that calls {@linkcode answerRequests}.
   */
  constructor(name: string, module: URL) {
    this.#name = name;
    this.#worker = new Worker(module, { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      this.#waiting.shift()!.resolve(data);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(event.message);
    };
  }

  /** Requests that have no reply yet. */
  get numWaiting(): number {
    return this.#waiting.length;
  }

  /**
   * The reply to a request.
   *
   * @param transfer The parts of the request that are handed over instead of copied.
   * @throws {DataError} if the thread failed, or was ended.
   */
  ask(request: Request, transfer: Transferable[] = []): Promise<Reply> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const reply = Promise.withResolvers<Reply>();
    this.#waiting.push(reply);
    this.#worker.postMessage(request, transfer);
    return reply.promise;
  }

  /**
   * Ends the thread. Nobody waits for it any more; but what it is busy with goes on in Deno (2.9),
   * and with it the process, unless that exits: what a thread does must have an end of its own.
   */
  [Symbol.dispose](): void {
    this.#worker.terminate();
    this.#fail("it was ended");
  }

  #fail(reason: string): void {
    this.#failure ??= new DataError(`${this.#name} failed: ${reason}`);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}

/** The part of a worker's global scope that is used; the types at hand are those of a page. */
interface WorkerScope<Request, Reply> {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(reply: Reply, transfer: Transferable[]): void;
}

/**
 * Called once in the module of a thread: answers requests one at a time.
 *
 * @param answer Does not fail.
 * @param transferOf The parts of a reply that are handed over instead of copied.
 */
export function answerRequests<Request, Reply>(
  answer: (request: Request) => Promise<Reply>,
  transferOf: (reply: Reply) => Transferable[],
): void {
  const scope = self as unknown as WorkerScope<Request, Reply>;
  let last: Promise<void> = Promise.resolve();
  scope.onmessage = ({ data }) => {
    last = last.then(async () => {
      const reply = await answer(data);
      scope.postMessage(reply, transferOf(reply));
    });
  };
}
