/**
 * Windows of tensors that each belong to a rank: how their numbers travel, whatever carries them.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { BufferView } from "../gpu/tensor.ts";
import type { Bytes, Slices } from "../train/ranks.ts";

/** What carries bytes from rank to rank. */
export interface Carrier {
  /** Which one this is, from 0. */
  readonly rank: number;
  /** How many there are. */
  readonly numRanks: number;
  /**
   * Gives each rank a part of some bytes, and gets such parts: one after another, in the order of
   * the ranks.
   *
   * @param counts How many bytes are for each rank.
   * @param into Is filled with what comes.
   * @param lengths How many each rank has for this one.
   */
  allToAllV(
    data: Bytes,
    counts: readonly number[],
    into: Bytes,
    lengths: readonly number[],
  ): Promise<void>;
  /** Fills `into` with the bytes of all ranks, one after another, of which each has `lengths`. */
  allGatherV(own: Bytes, into: Bytes, lengths: readonly number[]): Promise<void>;
}

/** Moves the numbers of slices among ranks, in rounds, through buffers that it keeps. */
export class SliceTraffic {
  readonly #carrier: Carrier;
  readonly #maxBytes: number;
  /** What this rank has, and the sums that it makes. */
  #own = new Float32Array(0);
  /** What comes of all ranks. */
  #all = new Float32Array(0);

  /** @param maxBytes How many bytes travel in a round at most, if each rank has a number in it. */
  constructor(carrier: Carrier, maxBytes: number) {
    this.#carrier = carrier;
    this.#maxBytes = maxBytes;
  }

  /** See {@linkcode Ranks.sumSlices}: each rank sums its own slice, in `f32`. */
  async sum(gpu: Gpu, slices: Slices): Promise<void> {
    for (const round of roundsOf(slices, this.#maxBytes)) await this.#sumRound(gpu, round);
  }

  /** See {@linkcode Ranks.gatherSlices}. */
  async gather(gpu: Gpu, slices: Slices): Promise<void> {
    for (const round of roundsOf(slices, this.#maxBytes)) {
      await this.#read(gpu, round[this.#carrier.rank]!);
      await this.#gatherRound(gpu, round);
    }
  }

  /**
   * See {@linkcode Ranks.reduce}: of equal slices of the tensors each rank sums its own, and gives
   * the sums to all, so that 2·(N − 1)/N of the bytes travel from each of N ranks.
   */
  async reduce(gpu: Gpu, tensors: readonly BufferView[]): Promise<void> {
    const { numRanks } = this.#carrier;
    const size = 4 * Math.ceil(bytesOf(tensors) / 4 / numRanks);
    const slices = Array.from({ length: numRanks }, (_, rank) => cut(tensors, rank * size, size));
    for (const round of roundsOf(slices, this.#maxBytes)) {
      await this.#sumRound(gpu, round);
      await this.#gatherRound(gpu, round);
    }
  }

  /** Sums what all ranks have in the windows of this one; the sums are its own then. */
  async #sumRound(gpu: Gpu, round: Slices): Promise<void> {
    const { rank, numRanks } = this.#carrier;
    const counts = round.map(bytesOf);
    const length = counts[rank]!;
    const sent = await this.#read(gpu, round.flat());
    const size = numRanks * length / 4;
    this.#all = room(this.#all, size);
    const lengths = new Array(numRanks).fill(length);
    await this.#carrier.allToAllV(sent, counts, bytes(this.#all, size), lengths);
    const sum = this.#own.subarray(0, length / 4);
    sumInOrder(this.#all.subarray(0, size), sum);
    write(gpu, round[rank]!, sum);
  }

  /** Gives others what is this rank's own, and fills their windows with what is theirs. */
  async #gatherRound(gpu: Gpu, round: Slices): Promise<void> {
    const lengths = round.map(bytesOf);
    const size = lengths.reduce((sum, length) => sum + length, 0) / 4;
    this.#all = room(this.#all, size);
    const { rank } = this.#carrier;
    const own = bytes(this.#own, lengths[rank]! / 4);
    await this.#carrier.allGatherV(own, bytes(this.#all, size), lengths);
    let at = 0;
    for (const [from, windows] of round.entries()) {
      const end = at + lengths[from]! / 4;
      if (from !== rank) write(gpu, windows, this.#all.subarray(at, end));
      at = end;
    }
  }

  /** Makes what is in some windows this rank's own, by one wait for the device. */
  async #read(gpu: Gpu, windows: readonly BufferView[]): Promise<Bytes> {
    const size = bytesOf(windows) / 4;
    this.#own = room(this.#own, size);
    const own = bytes(this.#own, size);
    let at = 0;
    for await (const piece of gpu.readPieces(windows, own.length)) {
      own.set(piece, at);
      at += piece.length;
    }
    return own;
  }
}

/**
 * The {@linkcode Slices} of one tensor after another, in rounds of `maxBytes` at most: a round has
 * a part of the same size of each rank's, or what is left of it.
 */
export function roundsOf(slices: Slices, maxBytes: number): Slices[] {
  const size = 4 * Math.max(1, Math.floor(maxBytes / (4 * slices.length)));
  const longest = Math.max(...slices.map(bytesOf));
  return Array.from(
    { length: Math.ceil(longest / size) },
    (_, round) => slices.map((windows) => cut(windows, round * size, size)),
  );
}

/** Adds up what all ranks have, as many numbers as `sum` holds of each, in their order. */
export function sumInOrder(all: Float32Array, sum: Float32Array): void {
  const count = sum.length;
  sum.set(all.subarray(0, count));
  for (let from = count; from < all.length; from += count) {
    // Each assignment rounds to f32, as a sum on the device does.
    for (let i = 0; i < count; i++) sum[i]! += all[from + i]!;
  }
}

/** What lies in some windows, taken as one, from `start` on, `length` bytes at most. */
function cut(windows: readonly BufferView[], start: number, length: number): BufferView[] {
  let at = 0;
  return windows.flatMap(({ buffer, byteOffset, byteLength }) => {
    const from = Math.max(start - at, 0);
    const to = Math.min(start + length - at, byteLength);
    at += byteLength;
    return from >= to ? [] : { buffer, byteOffset: byteOffset + from, byteLength: to - from };
  });
}

function bytesOf(windows: readonly BufferView[]): number {
  return windows.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** A buffer for so many numbers, which is the one that there is if that is large enough. */
function room(buffer: Float32Array<ArrayBuffer>, size: number): Float32Array<ArrayBuffer> {
  return buffer.length < size ? new Float32Array(size) : buffer;
}

/** The bytes of the first numbers. */
function bytes({ buffer }: Float32Array<ArrayBuffer>, size: number): Bytes {
  return new Uint8Array(buffer, 0, 4 * size);
}

function write(gpu: Gpu, windows: readonly BufferView[], numbers: Float32Array): void {
  let at = 0;
  for (const window of windows) {
    const count = window.byteLength / 4;
    gpu.write(window, numbers.subarray(at, at + count));
    at += count;
  }
}
