/**
 * A thread that decodes Parquet files from elsewhere, and is given up when one of them takes too
 * long or too much memory, or when nobody waits any more.
 *
 * @module
 */
import { DataError } from "../../../errors.ts";
import { abortable } from "../../../system/abortable.ts";
import type {
  DecodedRows,
  ParquetReply,
  ParquetRequest,
  RowDecoder,
  RowGroup,
} from "./messages.ts";
import { WorkerThread } from "../../worker_thread.ts";

/** What a request may take. */
export interface ParquetLimits {
  /** Milliseconds without a reply. */
  readonly stallMs: number;
  /** Bytes by which the memory of the process grows. */
  readonly growthBytes: number;
}

/** Replies come within a second, and of a few megabytes, even on a busy machine. */
const LIMITS: ParquetLimits = { stallMs: 120_000, growthBytes: 1 << 30 };

/** Milliseconds from one look at the limits to the next. */
const LOOK_EVERY_MS = 50;

/** Decodes one file. */
export class ParquetThread implements RowDecoder {
  readonly #name: string;
  readonly #signal: AbortSignal | undefined;
  readonly #limits: ParquetLimits;
  #failure: { readonly reason: unknown } | null = null;
  readonly #thread = new WorkerThread<ParquetRequest, ParquetReply>(
    "The thread that reads Parquet",
    new URL("./worker.ts", import.meta.url),
  );

  /**
   * Starts the thread. Needs permission to read this program.
   *
   * @param name What messages call the file.
   * @param signal Ends the thread, whatever it is at.
   */
  constructor(name: string, signal: AbortSignal | undefined, limits: ParquetLimits = LIMITS) {
    this.#name = name;
    this.#signal = signal;
    this.#limits = limits;
  }

  /** See {@linkcode RowDecoder.open}. */
  async open(footer: ArrayBuffer, size: number, field: string): Promise<readonly RowGroup[]> {
    const request = { kind: "open", name: this.#name, footer, size, field } as const;
    const { groups } = await this.#ask(request, [footer]) as ParquetReply & { kind: "opened" };
    return groups;
  }

  /** See {@linkcode RowDecoder.rows}. */
  async rows(
    group: number,
    bytes: ArrayBuffer | null,
    start: number,
    end: number,
  ): Promise<DecodedRows> {
    const request = { kind: "rows", group, bytes, start, end } as const;
    const reply = await this.#ask(request, bytes === null ? [] : [bytes]);
    return (reply as ParquetReply & { kind: "decoded" }).rows;
  }

  /** Gives the thread up, whatever it is at. */
  [Symbol.dispose](): void {
    this.#thread[Symbol.dispose]();
  }

  async #ask(request: ParquetRequest, transfer: Transferable[]): Promise<ParquetReply> {
    this.#signal?.throwIfAborted();
    const trouble = Promise.withResolvers<never>();
    const watch = this.#watch(trouble.reject);
    try {
      const reply = await abortable(
        Promise.race([this.#thread.ask(request, transfer), trouble.promise]),
        this.#signal,
      );
      if (reply.kind === "failed") throw new DataError(reply.message);
      return reply;
    } catch (error) {
      // Whichever of several requests failed first, the others fail for its reason.
      this.#failure ??= { reason: error };
      this[Symbol.dispose]();
      throw this.#failure.reason;
    } finally {
      clearInterval(watch);
    }
  }

  /** Looks at the limits from time to time. */
  #watch(fail: (error: DataError) => void): ReturnType<typeof setInterval> {
    const { stallMs, growthBytes } = this.#limits;
    const begun = performance.now();
    const before = Deno.memoryUsage().rss;
    const refuse = (what: string) =>
      fail(
        new DataError(
          `Cannot read ${this.#name}: decoding a part of it takes ${what}; it may be damaged, so ` +
            `fetch it again`,
        ),
      );
    return setInterval(() => {
      if (performance.now() - begun > stallMs) refuse(`more than ${stallMs / 1000} seconds`);
      else if (Deno.memoryUsage().rss - before > growthBytes) {
        refuse(`more than ${growthBytes / 2 ** 20} MiB of memory`);
      }
    }, LOOK_EVERY_MS);
  }
}
