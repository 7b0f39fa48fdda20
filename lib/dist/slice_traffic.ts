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
   * Gives each rank a part of some bytes, and gets such parts: one after another, in the order of the
   * ranks.
   *
   * @param counts How many bytes are for each rank.
   * @param lengths How many each rank has for this one.
   */
  allToAllV(data: Bytes, counts: readonly number[], lengths: readonly number[]): Promise<Bytes>;
  /** The bytes of all ranks, one after another, of which each has `lengths`. */
  allGatherV(own: Bytes, lengths: readonly number[]): Promise<Bytes>;
}

/**
 * The {@linkcode Slices} of one tensor after another, in rounds of `maxBytes` at most: a round has a
 * part of the same size of each rank's, or what is left of it.
 */
export function roundsOf(slices: Slices, maxBytes: number): Slices[] {
  const size = 4 * Math.max(1, Math.floor(maxBytes / (4 * slices.length)));
  const longest = Math.max(...slices.map(bytesOf));
  return Array.from(
    { length: Math.ceil(longest / size) },
    (_, round) => slices.map((windows) => cut(windows, round * size, size)),
  );
}

/** See {@linkcode Ranks.sumSlices}: each rank sums its own slice, in `f32`. */
export async function sumSlices(
  gpu: Gpu,
  carrier: Carrier,
  slices: Slices,
  maxBytes: number,
): Promise<void> {
  const { rank, numRanks } = carrier;
  for (const round of roundsOf(slices, maxBytes)) {
    const counts = round.map(bytesOf);
    const length = counts[rank]!;
    const parts = await carrier.allToAllV(
      await read(gpu, round.flat(), maxBytes),
      counts,
      new Array(numRanks).fill(length),
    );
    const sum = new Float32Array(length / 4);
    sumInOrder(new Float32Array(parts.buffer), sum);
    write(gpu, round[rank]!, sum);
  }
}

/** See {@linkcode Ranks.gatherSlices}. */
export async function gatherSlices(
  gpu: Gpu,
  carrier: Carrier,
  slices: Slices,
  maxBytes: number,
): Promise<void> {
  for (const round of roundsOf(slices, maxBytes)) {
    const own = await read(gpu, round[carrier.rank]!, maxBytes);
    const all = await carrier.allGatherV(own, round.map(bytesOf));
    let at = 0;
    for (const [rank, windows] of round.entries()) {
      const numbers = new Float32Array(all.buffer, at, bytesOf(windows) / 4);
      if (rank !== carrier.rank) write(gpu, windows, numbers);
      at += numbers.byteLength;
    }
  }
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

/** The bytes of some windows, by one wait for the device. */
async function read(gpu: Gpu, windows: readonly BufferView[], maxBytes: number): Promise<Bytes> {
  const data = new Uint8Array(bytesOf(windows));
  let at = 0;
  for await (const piece of gpu.readPieces(windows, maxBytes)) {
    data.set(piece, at);
    at += piece.length;
  }
  return data;
}

function write(gpu: Gpu, windows: readonly BufferView[], numbers: Float32Array): void {
  let at = 0;
  for (const window of windows) {
    const count = window.byteLength / 4;
    gpu.write(window, numbers.subarray(at, at + count));
    at += count;
  }
}
