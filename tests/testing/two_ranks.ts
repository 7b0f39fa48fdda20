/**
 * Ranks that live in one process, for tests of what is computed together.
 *
 * @module
 */

import { concat } from "../../lib/system/concat.ts";
import { requireSame } from "../../lib/dist/mpi_ranks.ts";
import { type Carrier, SliceTraffic } from "../../lib/dist/slice_traffic.ts";
import type { Bytes, Ranks } from "../../lib/train/ranks.ts";

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
    async allToAllV(data, counts, into) {
      let at = 0;
      const parts = counts.map((count) => data.slice(at, at += count));
      into.set(concat((await bytes.meet(rank, parts)).map((from) => from[rank]!)));
    },
    async allGatherV(own, into) {
      into.set(concat((await bytes.meet(rank, [own.slice()])).map(([only]) => only!)));
    },
  }));
}

/** Bytes that are carried at a time: few, so that slices travel in several rounds. */
const ROUND_BYTES = 20_000;

/** Ranks whose steps must be taken at the same time; sums are in the order of the ranks. */
export function ranksInOneProcess(numRanks: number): Ranks[] {
  const numbers = new Meeting<number>(numRanks);
  const values = new Meeting<unknown>(numRanks);
  const collected = new Meeting<Bytes>(numRanks);
  const traffic = carriersInOneProcess(numRanks)
    .map((carrier) => new SliceTraffic(carrier, ROUND_BYTES));
  return traffic.map((slices, rank) => ({
    rank,
    numRanks,
    async sum(value: number) {
      return (await numbers.meet(rank, value)).reduce((sum, each) => sum + each, 0);
    },
    reduce: slices.reduce.bind(slices),
    sumSlices: slices.sum.bind(slices),
    gatherSlices: slices.gather.bind(slices),
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
  }));
}
