/**
 * Ranks of a training that are processes of MPI.
 *
 * @module
 */

import { FlmError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { describeValue } from "../schema/field.ts";
import { isMapping } from "../schema/tree.ts";
import { builtin } from "../system/builtin.ts";
import type { Bytes, Ranks, Slices } from "../train/ranks.ts";
import { codeVersion } from "./code_version.ts";
import type { Mpi } from "./mpi.ts";
import { SliceTraffic } from "./slice_traffic.ts";

/** Bytes of gradients that travel at a time. */
const ROUND_BYTES = 32 << 20;

/** {@linkcode Ranks} over MPI. What is summed is summed in the order of the ranks, in `f32`. */
export class MpiRanks implements Ranks {
  readonly rank: number;
  readonly numRanks: number;
  readonly #mpi: Mpi;
  readonly #traffic: SliceTraffic;

  /** @param roundBytes How many bytes travel at a time; tests have them few. */
  constructor(mpi: Mpi, roundBytes: number = ROUND_BYTES) {
    this.rank = mpi.rank;
    this.numRanks = mpi.numRanks;
    this.#mpi = mpi;
    this.#traffic = new SliceTraffic(mpi, roundBytes);
  }

  /** See {@linkcode Communicator.sum}. @throws {LostRankError} */
  async sum(value: number): Promise<number> {
    const all = await this.#mpi.allGather(new Uint8Array(Float64Array.of(value).buffer));
    return new Float64Array(all.buffer).reduce((sum, each) => sum + each, 0);
  }

  /** See {@linkcode Ranks.reduce}. @throws {LostRankError} */
  reduce(gpu: Gpu, tensors: readonly Tensor[]): Promise<void> {
    return this.#traffic.reduce(gpu, tensors);
  }

  /** See {@linkcode Ranks.sumSlices}. @throws {LostRankError} */
  sumSlices(gpu: Gpu, slices: Slices): Promise<void> {
    return this.#traffic.sum(gpu, slices);
  }

  /** See {@linkcode Ranks.gatherSlices}. @throws {LostRankError} */
  gatherSlices(gpu: Gpu, slices: Slices): Promise<void> {
    return this.#traffic.gather(gpu, slices);
  }

  /** See {@linkcode Ranks.collect}. @throws {LostRankError} */
  async collect(own: Bytes): Promise<Bytes[]> {
    const { rank, numRanks } = this;
    const told = await this.#mpi.allGather(new Uint8Array(Float64Array.of(own.length).buffer));
    const lengths = [...new Float64Array(told.buffer)];
    const toFirst = (length: number) => [length, ...new Array(numRanks - 1).fill(0)];
    const coming = rank === 0 ? lengths : new Array(numRanks).fill(0);
    const all = new Uint8Array(coming.reduce((sum, length) => sum + length, 0));
    await this.#mpi.allToAllV(own, toFirst(own.length), all, coming);
    if (rank !== 0) return [];
    let at = 0;
    return lengths.map((length) => all.subarray(at, at += length));
  }

  /** See {@linkcode Communicator.share}. @throws {LostRankError} */
  async share<T>(value: T, from = 0): Promise<T> {
    const { deserialize, serialize } = builtin("node:v8");
    const isOwn = this.rank === from;
    const own = isOwn ? new Uint8Array(serialize(value)) : new Uint8Array(0);
    const length = Uint32Array.of(own.length);
    await this.#mpi.broadcast(new Uint8Array(length.buffer), from);
    const data = isOwn ? own : new Uint8Array(length[0]!);
    await this.#mpi.broadcast(data, from);
    return isOwn ? value : deserialize(data);
  }

  /**
   * See {@linkcode Communicator.compare}; the versions of flm, Deno and the library are compared,
   * too.
   *
   * @throws {FlmError} naming a rank that differs, and in what; or if they are too long to travel.
   * @throws {LostRankError} naming the ranks that did not come in time.
   */
  async compare(facts: Readonly<Record<string, unknown>>): Promise<void> {
    const { library } = this.#mpi;
    const programs = { flm: await codeVersion(), deno: Deno.version.deno, mpi: library.version };
    const all = { ...programs, ...facts };
    const texts = await this.#mpi.exchange(JSON.stringify(all));
    requireSame(texts.map((text) => JSON.parse(text)));
  }
}

/** Checks that all have the same facts as the first. @throws {FlmError} */
export function requireSame(facts: readonly unknown[]): void {
  const [first, ...others] = facts;
  for (const [i, other] of others.entries()) {
    const found = difference(first, other);
    if (found === null) continue;
    const { key, values: [expected, value] } = found;
    throw new FlmError(
      `Rank ${i + 1} differs from rank 0 in ${key}: expected ${describeValue(expected)}, found ` +
        `${
          describeValue(value)
        }. All ranks need the same program, configuration, data and kind of ` +
        `device.`,
    );
  }
}

/** The first key in which two values of JSON differ; null if they are the same. */
function difference(
  a: unknown,
  b: unknown,
  key = "",
): { key: string; values: [unknown, unknown] } | null {
  if (JSON.stringify(a) === JSON.stringify(b)) return null;
  if (!isMapping(a) || !isMapping(b)) return { key, values: [a, b] };
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = difference(a[name], b[name], key === "" ? name : `${key}.${name}`);
    if (found !== null) return found;
  }
  return null;
}
