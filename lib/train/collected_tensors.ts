/**
 * Tensors of which each rank has a part, on their way into a file that rank 0 writes.
 *
 * @module
 */

import type { Gpu } from "../gpu/gpu.ts";
import { type BufferView, sizeOf } from "../gpu/tensor.ts";
import { type NamedTensor, readBack } from "../model/named_tensors.ts";
import type { Bytes, Ranks } from "./ranks.ts";

/** Numbers that are asked for at a time. */
const PIECE = 4 << 20;

/** Some of a tensor's numbers: which tensor, from which number on, how many. */
type Range = readonly [tensor: number, start: number, count: number];

/** What rank 0 tells the others: which numbers it needs, or what it all came to. */
type Word<T> = { readonly need: readonly Range[] } | { readonly outcome: T };

/**
 * Does on rank 0 what needs the bytes of tensors, of which the others give their parts.
 *
 * @param tensors The same on all ranks, but for their windows. Those of which rank 0 has all
 * numbers are read there; of others, the parts of the ranks come in the order of the ranks.
 * @param use What rank 0 does, with the bytes of these tensors, one after another, as `readBack`
 * gives them. It need not take all.
 * @returns What it gives, a value of JSON, on all ranks.
 * @throws {unknown} What `use` throws, on rank 0 alone: the others wait for it then.
 */
export async function withCollected<T>(
  gpu: Gpu,
  ranks: Ranks,
  tensors: readonly NamedTensor[],
  use: (pieces: AsyncGenerator<Bytes, void, void>) => Promise<T>,
): Promise<T> {
  if (ranks.rank === 0) {
    const outcome = await use(collected(gpu, ranks, tensors));
    await tell(ranks, { outcome });
    return outcome;
  }
  for (;;) {
    const word = await tell<T>(ranks, null);
    if ("outcome" in word) return word.outcome;
    await ranks.collect(await partOf(gpu, tensors, word.need));
  }
}

/** Tells the others a word; theirs is not heard. */
async function tell<T>(ranks: Ranks, word: Word<T> | null): Promise<Word<T>> {
  return (await ranks.share(word))!;
}

/** The bytes of tensors, one after another. */
async function* collected(
  gpu: Gpu,
  ranks: Ranks,
  tensors: readonly NamedTensor[],
): AsyncGenerator<Bytes, void, void> {
  for (let i = 0; i < tensors.length;) {
    const isWhole = hasAll(tensors[i]!);
    const end = tensors.findIndex((each, j) => j > i && hasAll(each) !== isWhole);
    const same = tensors.slice(i, end === -1 ? undefined : end);
    if (isWhole) yield* readBack(gpu, same);
    else {
      for (const need of batches(same, i)) {
        await tell(ranks, { need });
        const parts = await ranks.collect(await partOf(gpu, tensors, need));
        yield* inOrder(parts, need.length);
      }
    }
    i += same.length;
  }
}

function hasAll({ shape, windows }: NamedTensor): boolean {
  return windows.reduce((sum, { tensor }) => sum + tensor.size, 0) === sizeOf(shape);
}

/** Ranges of all numbers of tensors, in batches of {@linkcode PIECE}. */
function* batches(tensors: readonly NamedTensor[], first: number): Generator<Range[]> {
  let batch: Range[] = [];
  let left = PIECE;
  for (const [i, { shape }] of tensors.entries()) {
    const size = sizeOf(shape);
    for (let start = 0; start < size;) {
      const count = Math.min(left, size - start);
      batch.push([first + i, start, count]);
      start += count;
      left -= count;
      if (left > 0) continue;
      yield batch;
      [batch, left] = [[], PIECE];
    }
  }
  if (batch.length > 0) yield batch;
}

/** This rank's bytes of some ranges; before them, how many there are of each. */
async function partOf(
  gpu: Gpu,
  tensors: readonly NamedTensor[],
  ranges: readonly Range[],
): Promise<Bytes> {
  const windows = ranges.map(([i, start, count]) => windowsIn(tensors[i]!, start, start + count));
  const sizes = windows.map((each) => each.reduce((sum, { byteLength }) => sum + byteLength, 0));
  const part = new Uint8Array(sizes.reduce((sum, size) => sum + size, 4 * sizes.length));
  new Uint32Array(part.buffer, 0, sizes.length).set(sizes);
  let at = 4 * sizes.length;
  for await (const piece of gpu.readPieces(windows.flat())) {
    part.set(piece, at);
    at += piece.length;
  }
  return part;
}

/** The windows of a tensor's numbers from `begin` to `end`, as far as they are here. */
function windowsIn({ windows }: NamedTensor, begin: number, end: number): BufferView[] {
  return windows.flatMap(({ start, tensor: { buffer, byteOffset, size } }) => {
    const from = Math.max(begin - start, 0);
    const to = Math.min(end - start, size);
    if (from >= to) return [];
    return { buffer, byteOffset: byteOffset + 4 * from, byteLength: 4 * (to - from) };
  });
}

/** What the ranks have of one range after another. */
function* inOrder(parts: readonly Bytes[], numRanges: number): Generator<Bytes> {
  const heads = parts.map(({ buffer, byteOffset }) =>
    new Uint32Array(buffer, byteOffset, numRanges)
  );
  const at = parts.map(() => 4 * numRanges);
  for (let range = 0; range < numRanges; range++) {
    for (const [rank, part] of parts.entries()) {
      const size = heads[rank]![range]!;
      if (size > 0) yield part.subarray(at[rank]!, at[rank]! += size);
    }
  }
}
