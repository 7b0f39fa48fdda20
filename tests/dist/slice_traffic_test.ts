import { assert, assertEquals } from "@std/assert";
import { roundsOf, SliceTraffic, sumInOrder } from "../../lib/dist/slice_traffic.ts";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { Tensor } from "../../lib/gpu/tensor.ts";
import type { Slices } from "../../lib/train/ranks.ts";
import { gpuTest } from "../testing/gpu.ts";
import { carriersInOneProcess } from "../testing/two_ranks.ts";

/** Numbers of each rank in each of two tensors: slices differ, and one has a part of one alone. */
const PARTS: readonly (readonly [number, number])[] = [[7, 3], [0, 5], [9, 2]];
const COUNTS = [0, 1].map((i) => PARTS.reduce((sum, part) => sum + part[i]!, 0));

/** Numbers whose sums depend on their order. */
function numbersOf(rank: number, tensor: number): Float32Array {
  return Float32Array.from(
    { length: COUNTS[tensor]! },
    (_, i) => Math.sin(7.3 * i + rank + tensor) * 100 ** rank,
  );
}

function cut(tensors: readonly Tensor[]): Slices {
  const ends = [0, 0];
  return PARTS.map((part) =>
    part.flatMap((count, i) => {
      if (count === 0) return [];
      const window = new Tensor(tensors[i]!.buffer, 4 * ends[i]!, [count]);
      ends[i]! += count;
      return window;
    })
  );
}

/** Does something on three ranks, twice, and gives the numbers that each has the second time. */
async function onRanks(
  gpu: Gpu,
  maxBytes: number,
  act: (traffic: SliceTraffic, slices: Slices, tensors: readonly Tensor[]) => Promise<void>,
): Promise<Float32Array[][]> {
  return await Promise.all(
    carriersInOneProcess(3).map(async (carrier, rank) => {
      const traffic = new SliceTraffic(carrier, maxBytes);
      // Buffers are kept, and hold what came before.
      const before = COUNTS.map((_, i) => gpu.tensor(numbersOf(rank, i).map((each) => each + 1)));
      await act(traffic, cut(before), before);
      for (const tensor of before) tensor.release();
      const tensors = COUNTS.map((_, i) => gpu.tensor(numbersOf(rank, i)));
      await act(traffic, cut(tensors), tensors);
      return await Promise.all(tensors.map(async (tensor) => {
        const found = await gpu.read(tensor);
        tensor.release();
        return found;
      }));
    }),
  );
}

/** Which rank's slice a number is in. */
function ownerOf(tensor: number, at: number): number {
  let end = 0;
  return PARTS.findIndex((part) => at < (end += part[tensor]!));
}

/** The sum of a number over the ranks, in their order. */
function sumOf(tensor: number, at: number): number {
  const terms = PARTS.map((_, rank) => numbersOf(rank, tensor)[at]!);
  return terms.reduce((sum, each) => Math.fround(sum + each));
}

const ROUNDS = [12, 40, 1 << 10];

for (const maxBytes of ROUNDS) {
  gpuTest(
    `SliceTraffic.sum() sums in the order of the ranks, by ${maxBytes} bytes`,
    async (gpu) => {
      const found = await onRanks(gpu, maxBytes, (traffic, slices) => traffic.sum(gpu, slices));
      for (const [rank, tensors] of found.entries()) {
        for (const [i, numbers] of tensors.entries()) {
          numbers.forEach((value, at) => {
            if (ownerOf(i, at) === rank) assertEquals(value, sumOf(i, at));
          });
        }
      }
    },
  );

  gpuTest(
    `SliceTraffic.reduce() sums on all ranks, in their order, by ${maxBytes} bytes`,
    async (gpu) => {
      const found = await onRanks(
        gpu,
        maxBytes,
        (traffic, _, tensors) => traffic.reduce(gpu, tensors),
      );
      for (const tensors of found) {
        for (const [i, numbers] of tensors.entries()) {
          numbers.forEach((value, at) => assertEquals(value, sumOf(i, at)));
        }
      }
    },
  );

  gpuTest(`SliceTraffic.gather() fills in what others have, by ${maxBytes} bytes`, async (gpu) => {
    const found = await onRanks(gpu, maxBytes, (traffic, slices) => traffic.gather(gpu, slices));
    for (const tensors of found) {
      for (const [i, numbers] of tensors.entries()) {
        numbers.forEach((value, at) => assertEquals(value, numbersOf(ownerOf(i, at), i)[at]));
      }
    }
  });
}

gpuTest("SliceTraffic.reduce() sums fewer numbers than there are ranks, and none", async (gpu) => {
  await Promise.all(
    carriersInOneProcess(3).map(async (carrier) => {
      const traffic = new SliceTraffic(carrier, 1 << 10);
      using number = gpu.tensor(Float32Array.of(1 + carrier.rank));
      await traffic.reduce(gpu, [number]);
      await traffic.reduce(gpu, []);
      assertEquals([...await gpu.read(number)], [6]);
    }),
  );
});

Deno.test("roundsOf() has each byte once, and as many of each rank in a round", () => {
  const buffer = {} as GPUBuffer;
  const slices = PARTS.map(([first, second]) => [
    { buffer, byteOffset: 0, byteLength: 4 * first },
    { buffer, byteOffset: 400, byteLength: 4 * second },
  ]);
  for (const maxBytes of ROUNDS) {
    const rounds = roundsOf(slices, maxBytes);
    const size = Math.max(4, 4 * Math.floor(maxBytes / 12));
    for (const [rank, [first, second]] of PARTS.entries()) {
      const found: number[] = [];
      for (const [i, round] of rounds.entries()) {
        let bytes = 0;
        for (const { byteOffset, byteLength } of round[rank]!) {
          for (let at = 0; at < byteLength; at += 4) found.push(byteOffset + at);
          bytes += byteLength;
        }
        assertEquals(bytes, Math.max(0, Math.min(size, 4 * (first + second) - i * size)));
      }
      const expected = [first, second].flatMap((count, i) =>
        Array.from({ length: count }, (_, at) => 400 * i + 4 * at)
      );
      assertEquals(found, expected);
    }
  }
  assertEquals(roundsOf([[], []], 8), []);
});

Deno.test("sumInOrder() rounds after each term", () => {
  const sum = new Float32Array(1);
  sumInOrder(Float32Array.of(1, 2 ** -24, 2 ** -24), sum);
  assertEquals(sum[0], 1);
  sumInOrder(Float32Array.of(2 ** -24, 2 ** -24, 1), sum);
  assert(sum[0]! > 1);
});
