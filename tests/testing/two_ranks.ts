/**
 * Ranks that live in one process, for tests of what is computed together.
 *
 * @module
 */

import type { Gpu } from "../../lib/gpu/gpu.ts";
import type { Tensor } from "../../lib/gpu/tensor.ts";
import { concat } from "../../lib/system/concat.ts";
import { requireSame } from "../../lib/dist/mpi_ranks.ts";
import { type Carrier, gatherSlices, sumSlices } from "../../lib/dist/slice_traffic.ts";
import type { Bytes, Ranks, Slices } from "../../lib/train/ranks.ts";

/** Waits until every rank has come with what it has, and gives all of it to each. */
class Meeting<T> {
  #present: (T | undefined)[];
  #all = Promise.withResolvers<readonly T[]>();

  constructor(readonly numRanks: number) {
    this.#present = new Array(numRanks).fill(undefined);
  }

  meet(rank: number, brought: T): Promise<readonly T[]> {
    this.#present[rank] = brought;
    const { promise, resolve } = this.#all;
    if (this.#present.every((each) => each !== undefined)) {
      resolve(this.#present as T[]);
      this.#present = new Array(this.numRanks).fill(undefined);
      this.#all = Promise.withResolvers();
    }
    return promise;
  }
}

/** Carriers of ranks that live in one process. */
export function carriersInOneProcess(numRanks: number): Carrier[] {
  const bytes = new Meeting<Bytes[]>(numRanks);
  return Array.from({ length: numRanks }, (_, rank) => ({
    rank,
    numRanks,
    async allToAllV(data, counts) {
      let at = 0;
      const parts = counts.map((count) => data.slice(at, at += count));
      return concat((await bytes.meet(rank, parts)).map((from) => from[rank]!)).slice();
    },
    async allGatherV(own) {
      return concat((await bytes.meet(rank, [own.slice()])).map(([only]) => only!)).slice();
    },
  }));
}

/** Bytes that are carried at a time: few, so that slices travel in several rounds. */
const ROUND_BYTES = 20_000;

/** Ranks whose steps must be taken at the same time; sums are in the order of the ranks. */
export function ranksInOneProcess(numRanks: number): Ranks[] {
  const numbers = new Meeting<number>(numRanks);
  const tensors = new Meeting<Float32Array[]>(numRanks);
  const values = new Meeting<unknown>(numRanks);
  const collected = new Meeting<Bytes>(numRanks);
  const carriers = carriersInOneProcess(numRanks);
  return Array.from({ length: numRanks }, (_, rank) => ({
    rank,
    numRanks,
    async sum(value: number) {
      return (await numbers.meet(rank, value)).reduce((sum, each) => sum + each, 0);
    },
    sumSlices: (gpu: Gpu, slices: Slices) => sumSlices(gpu, carriers[rank]!, slices, ROUND_BYTES),
    gatherSlices: (gpu: Gpu, slices: Slices) =>
      gatherSlices(gpu, carriers[rank]!, slices, ROUND_BYTES),
    async collect(own: Bytes) {
      const all = await collected.meet(rank, own);
      return rank === 0 ? all : [];
    },
    async share<T>(value: T, from = 0) {
      return (await values.meet(rank, { value }) as { value: T }[])[from]!.value;
    },
    async compare(facts: Readonly<Record<string, unknown>>) {
      const texts = await values.meet(rank, JSON.stringify(facts)) as string[];
      requireSame(texts.map((each) => JSON.parse(each)));
    },
    async reduce(gpu: Gpu, own: readonly Tensor[]) {
      const read: Float32Array[] = [];
      for (const tensor of own) read.push(await gpu.read(tensor));
      const all = await tensors.meet(rank, read);
      for (const [i, tensor] of own.entries()) {
        gpu.write(
          tensor,
          all[0]![i]!.map((_, j) => all.reduce((sum, each) => Math.fround(sum + each[i]![j]!), 0)),
        );
      }
    },
  }));
}
