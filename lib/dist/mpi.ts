/**
 * MPI: the processes that a launcher started together, and how bytes travel among them. The C
 * library of the cluster does the work, called by `Deno.dlopen`.
 *
 * @module
 */

import { FlmError } from "../errors.ts";
import { describeNames } from "../schema/field.ts";
import { nextTurn } from "../system/next_turn.ts";
import { sleep } from "../system/pause.ts";
import type { Bytes } from "../train/ranks.ts";
import { Deadline } from "./deadline.ts";
import type { Launcher } from "./launcher.ts";
import { LIBRARY_VARIABLE, loadMpi, type MpiLibrary, textOf } from "./mpi_library.ts";
import type { Carrier } from "./slice_traffic.ts";

/** The variable that says how many seconds a rank waits for others. */
export const TIMEOUT_VARIABLE = "FLM_MPI_TIMEOUT";

/** Milliseconds for which the library is asked again and again before others have their turn. */
const EAGER_MS = 0.2;
/** Milliseconds after which a rank is waited for in longer turns, so that others have the core. */
const PATIENT_AFTER_MS = 5;
/** What a longer turn takes. */
const REST_MS = 1;
/** Milliseconds for the answers to a roll call. */
const ROLL_CALL_MS = 3000;
/** Seconds for a launcher to end a rank that asks for the end of all; it may be cut off from it. */
const ABORT_SECONDS = 10;
/** Tags of messages from rank to rank. */
const TAGS = { facts: 1, rollCall: 2 } as const;
/** The most bytes of a message from rank to rank: the length of its text, and the text. */
const MESSAGE_BYTES = 1 << 16;
/** Those before the text. */
const LENGTH_BYTES = 4;

/** Room for any library's words on an error: `MPI_MAX_ERROR_STRING`. */
const ERROR_BYTES = 1024;

/** A request that the library works at, and all that it reads and writes meanwhile. */
interface Request {
  readonly handle: Uint8Array<ArrayBuffer>;
  readonly buffers: readonly ArrayBufferView[];
  /** The code of what it failed with; 0 if it has not. */
  error: number;
}

/** How ranks are joined. */
export interface MpiOptions {
  /** How long all of them may take to begin, and to end, if not as long as to answer. */
  readonly beginSeconds?: number;
  /**
   * What standard error has of an error of which only another thread can speak; its message alone.
   */
  readonly inWords?: (error: FlmError) => string;
}

/** Others were waited for in vain. */
export class LostRankError extends FlmError {}

/**
 * All ranks. Every one of them must make the same calls in the same order; none of these keeps
 * signals and timers waiting.
 */
export class Mpi implements Carrier {
  /** Which one this is, from 0. */
  readonly rank: number;
  /** How many there are. */
  readonly numRanks: number;
  /** The library that carries the bytes. */
  readonly library: MpiLibrary;
  readonly #limitMs: number;
  readonly #beginMs: number;
  readonly #inWords: (error: FlmError) => string;
  /** Which rank was asked last whether it calls the roll. */
  #asked = 0;

  /**
   * Joins the ranks that a launcher started. A process can do so once.
   *
   * @param limitSeconds How long a call waits for the others.
   * @throws {FlmError} if there is no library, it fails, or it knows of another number of ranks
   * than the launcher, to which another library belongs.
   */
  constructor(
    launcher: Launcher,
    limitSeconds: number,
    { beginSeconds = limitSeconds, inWords = ({ message }) => `${message}\n` }: MpiOptions = {},
  ) {
    this.library = loadMpi(launcher);
    this.#limitMs = 1000 * limitSeconds;
    this.#beginMs = 1000 * beginSeconds;
    this.#inWords = inWords;
    const { functions, handles: { world, errorsReturn } } = this.library;
    const number = new Int32Array(1);
    this.#inTime("MPI_Init", "begin", () => functions.MPI_Init(null, null));
    // A library that loses touch with one rank would end this one before it has named the other.
    this.#require(
      "MPI_Comm_set_errhandler",
      functions.MPI_Comm_set_errhandler(world, errorsReturn),
    );
    this.#require("MPI_Comm_rank", functions.MPI_Comm_rank(world, number));
    this.rank = number[0]!;
    this.#require("MPI_Comm_size", functions.MPI_Comm_size(world, number));
    this.numRanks = number[0]!;
    if (launcher.numRanks === null || launcher.numRanks === this.numRanks) return;
    throw new FlmError(
      `${launcher.name} started ${launcher.numRanks} ranks, but ${this.library.path} ` +
        `(${this.library.version}) knows of ${this.numRanks}: it belongs to another launcher. Start ` +
        `the ranks by its own mpirun, or name the right library by ${LIBRARY_VARIABLE}=PATH.`,
    );
  }

  /** Waits until all ranks have come. @throws {LostRankError} */
  async barrier(): Promise<void> {
    const { functions, handles: { world } } = this.library;
    await this.#finish("MPI_Ibarrier", [], (at) => functions.MPI_Ibarrier(world, at));
  }

  /** Gives every rank the bytes of one of them, in place. @throws {LostRankError} */
  async broadcast(data: Bytes, root: number): Promise<void> {
    const { functions, handles: { world, byte } } = this.library;
    await this.#finish(
      "MPI_Ibcast",
      [data],
      (at) => functions.MPI_Ibcast(data, data.length, byte, root, world, at),
    );
  }

  /** The bytes of all ranks, in their order: as many of each. @throws {LostRankError} */
  async allGather(own: Bytes): Promise<Bytes> {
    const { functions, handles: { world, byte } } = this.library;
    const { length } = own;
    const all = new Uint8Array(length * this.numRanks);
    await this.#finish(
      "MPI_Iallgather",
      [own, all],
      (at) => functions.MPI_Iallgather(own, length, byte, all, length, byte, world, at),
    );
    return all;
  }

  /** See {@linkcode Carrier.allToAllV}. @throws {LostRankError} */
  async allToAllV(
    data: Bytes,
    counts: readonly number[],
    into: Bytes,
    lengths: readonly number[],
  ): Promise<void> {
    const { functions, handles: { world, byte } } = this.library;
    const [from, to] = [layOut(counts), layOut(lengths)];
    // What a rank has for itself does not travel: MPICH takes as long for it as for another's.
    const { rank } = this;
    const start = from.starts[rank]!;
    into.set(data.subarray(start, start + from.counts[rank]!), to.starts[rank]!);
    from.counts[rank] = to.counts[rank] = 0;
    await this.#finish(
      "MPI_Ialltoallv",
      [data, from.counts, from.starts, into, to.counts, to.starts],
      (at) =>
        // deno-fmt-ignore
        functions.MPI_Ialltoallv(data, from.counts, from.starts, byte,
          into, to.counts, to.starts, byte, world, at),
    );
  }

  /** See {@linkcode Carrier.allGatherV}. @throws {LostRankError} */
  async allGatherV(
    own: Bytes,
    into: Bytes,
    lengths: readonly number[],
  ): Promise<void> {
    const { functions, handles: { world, byte } } = this.library;
    const { counts, starts } = layOut(lengths);
    await this.#finish(
      "MPI_Iallgatherv",
      [own, into, counts, starts],
      (at) =>
        // deno-fmt-ignore
        functions.MPI_Iallgatherv(own, own.length, byte, into, counts, starts, byte, world, at),
    );
  }

  /**
   * The texts of all ranks, which may differ in length.
   *
   * @throws {FlmError} if its own takes more than 65,532 bytes in UTF-8.
   * @throws {LostRankError} naming the ranks that gave none in time.
   */
  async exchange(own: string): Promise<string[]> {
    const texts = await this.#exchange(own, TAGS.facts, this.#limitMs);
    const missing = missingOf(texts);
    if (missing.length === 0) return texts as string[];
    throw new LostRankError(
      `${describeRanks(missing)} did not come in time${advice(this.#limitMs)}`,
    );
  }

  /** Ends all ranks at once, this one too, whether the launcher is heard of or not. */
  abort(code: number): void {
    const { functions, handles: { world } } = this.library;
    // The libraries wait for an answer of the launcher, without end: SIGALRM ends what does so.
    functions.alarm(ABORT_SECONDS);
    functions.MPI_Abort(world, code);
  }

  /** Leaves the others; waits until they have come to it, too. @throws {LostRankError} */
  async leave(): Promise<void> {
    await this.barrier();
    this.#inTime("MPI_Finalize", "end", () => this.library.functions.MPI_Finalize());
  }

  /** Makes a call that comes back when all ranks have made it, or never. */
  #inTime(name: string, verb: string, call: () => number): void {
    const limitMs = this.#beginMs;
    const late = new LostRankError(`The other ranks did not ${verb}${advice(limitMs)}`);
    const { alarm } = this.library.functions;
    using _deadline = new Deadline(limitMs / 1000, this.#inWords(late), alarm);
    this.#require(name, call());
  }

  /** Begins a collective call, and waits for its end while others have their turns. */
  async #finish(
    name: string,
    buffers: readonly ArrayBufferView[],
    begin: (request: Uint8Array<ArrayBuffer>) => number,
  ): Promise<void> {
    const request = this.#begin(buffers, begin);
    const isDone = await this.#wait([request], this.#limitMs, () => this.#isCalled());
    const { error } = request;
    if (isDone && error === 0) return;
    // Whoever still waits answers: it is asked, or has waited for as long.
    const missing = missingOf(await this.#exchange("", TAGS.rollCall, ROLL_CALL_MS));
    const who = missing.length === 0 ? "The ranks lost touch" : `${describeRanks(missing)} stopped`;
    throw new LostRankError(
      error === 0
        ? `${who}: there was no answer${advice(this.#limitMs)}`
        : `${who}: ${this.#failure(name, error)} See what became of their processes.`,
    );
  }

  /** The texts of all ranks; null for those that have not come in time. */
  async #exchange(own: string, tag: number, limitMs: number): Promise<(string | null)[]> {
    const { functions, handles: { world, byte } } = this.library;
    const bytes = new TextEncoder().encode(own);
    if (bytes.length > MESSAGE_BYTES - LENGTH_BYTES) {
      throw new FlmError(
        `Rank ${this.rank} has ${bytes.length} bytes of settings to compare with those of others, ` +
          `expected at most ${MESSAGE_BYTES - LENGTH_BYTES}: shorten the longest texts of the ` +
          `configuration and of the command line.`,
      );
    }
    const sent = new Uint8Array(LENGTH_BYTES + bytes.length);
    new DataView(sent.buffer).setUint32(0, bytes.length, true);
    sent.set(bytes, LENGTH_BYTES);
    const others = Array.from({ length: this.numRanks }, (_, rank) => rank)
      .filter((rank) => rank !== this.rank);
    const received = others.map((rank) => {
      const data = new Uint8Array(MESSAGE_BYTES);
      return this.#begin(
        [data],
        (at) => functions.MPI_Irecv(data, data.length, byte, rank, tag, world, at),
      );
    });
    const sending = others.map((rank) =>
      this.#begin(
        [sent],
        (at) => functions.MPI_Isend(sent, sent.length, byte, rank, tag, world, at),
      )
    );
    await this.#wait([...received, ...sending], limitMs);
    const texts: (string | null)[] = new Array(this.numRanks).fill(own);
    for (const [i, request] of received.entries()) {
      const [data] = request.buffers as [Bytes];
      const length = new DataView(data.buffer).getUint32(0, true);
      const text = new TextDecoder().decode(data.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
      texts[others[i]!] = this.#isDone(request) && request.error === 0 ? text : null;
    }
    return texts;
  }

  #begin(
    buffers: readonly ArrayBufferView[],
    begin: (request: Uint8Array<ArrayBuffer>) => number,
  ): Request {
    const handle = new Uint8Array(8);
    return { handle, buffers, error: begin(handle) };
  }

  /**
   * Waits until requests are done or have failed; false if they are not after some time, or it is
   * given up.
   */
  async #wait(
    requests: readonly Request[],
    limitMs: number,
    isGivenUp = () => false,
  ): Promise<boolean> {
    const begun = performance.now();
    const isDone = () => requests.every((each) => this.#isDone(each));
    for (;;) {
      const turn = performance.now();
      do {
        if (isDone()) return true;
      } while (performance.now() - turn < EAGER_MS);
      const waited = performance.now() - begun;
      if (waited > limitMs) return false;
      if (waited < PATIENT_AFTER_MS) await nextTurn();
      else if (isGivenUp()) return false;
      else await sleep(REST_MS);
    }
  }

  /**
   * Whether another rank has waited in vain, and calls the roll, or is not to be reached; one is
   * asked after another.
   */
  #isCalled(): boolean {
    const { functions, handles: { world } } = this.library;
    this.#asked = (this.#asked + 1) % this.numRanks;
    const [flag, status] = [new Int32Array(1), new Uint8Array(64)];
    const error = functions.MPI_Iprobe(this.#asked, TAGS.rollCall, world, flag, status);
    return error !== 0 || flag[0] !== 0;
  }

  /**
   * Whether a request is done or has failed; the library works at it meanwhile. One that is done
   * stays so.
   */
  #isDone(request: Request): boolean {
    if (request.error !== 0) return true;
    const [flag, status] = [new Int32Array(1), new Uint8Array(64)];
    request.error = this.library.functions.MPI_Test(request.handle, flag, status);
    return request.error !== 0 || flag[0] !== 0;
  }

  #require(name: string, code: number): void {
    if (code === 0) return;
    throw new FlmError(this.#failure(name, code));
  }

  /** What the library says of a call that failed, as a sentence. */
  #failure(name: string, code: number): string {
    const [text, length] = [new Uint8Array(ERROR_BYTES), new Int32Array(1)];
    this.library.functions.MPI_Error_string(code, text, length);
    const words = textOf(text, length).replaceAll(/\s+/g, " ");
    return `${name} of ${this.library.path} failed: ${words}.`;
  }
}

/** What there was not, and what to do. */
function advice(limitMs: number): string {
  return ` within ${limitMs / 1000} seconds. See what became of their processes; if they only ` +
    `need longer, say so by ${TIMEOUT_VARIABLE}=SECONDS.`;
}

/** The ranks of which there is no text. */
function missingOf(texts: readonly (string | null)[]): number[] {
  return texts.flatMap((text, rank) => text === null ? [rank] : []);
}

/** Parts of so many bytes, one after another, as MPI is told of them. */
function layOut(lengths: readonly number[]) {
  let end = 0;
  const starts = Int32Array.from(lengths, (length) => (end += length) - length);
  return { counts: Int32Array.from(lengths), starts };
}

/** Ranks as the subject of a sentence. */
function describeRanks(ranks: readonly number[]): string {
  const names = describeNames(ranks.map(String));
  return ranks.length === 1 ? `Rank ${names}` : `Ranks ${names}`;
}
