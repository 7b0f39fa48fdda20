/**
 * The parameters of a network in slices, one for each rank: what one of them moves, and keeps
 * moments and averages of, where each does its part for all.
 *
 * @module
 */

import type { TrainConfig } from "../config/config.ts";
import { ConfigError, GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Tensor } from "../gpu/tensor.ts";
import { type ParameterSpec, ParameterStore, type Segment } from "../model/parameters.ts";
import { SLAB, slabsOf } from "../ops/sum.ts";
import type { Ranks, Slices } from "./ranks.ts";

/** A window of a segment, which is one rank's. */
export interface SegmentSlice extends Segment {
  /** Its gradients. */
  readonly grads: Tensor;
  /** How many slabs of the store come before it. */
  readonly firstSlab: number;
}

/** What optimizers and averages work on: all of the parameters, or a rank's slice. */
export type MovedParameters = ParameterStore | ParameterSlices;

/**
 * Slices of a store's segments, one after another in the order of the ranks, of equal size up to a
 * slab. They end at slabs of sums (`ops/sum.ts`), so that the norm of all gradients is made of the
 * same terms, in the same order, as where nothing is sliced.
 */
export class ParameterSlices implements Disposable {
  /** Where the parameters live. */
  readonly gpu: Gpu;
  /** All of the parameters. */
  readonly store: ParameterStore;
  /** The processes whose slices these are. */
  readonly ranks: Ranks;
  /** The windows that are this rank's, of one segment each: one at least. */
  readonly segments: readonly SegmentSlice[];
  /** How many slabs the store has. */
  readonly numSlabs: number;
  /**
   * Where a state is had whole, by {@linkcode gather}: in the memory of the gradients, which nobody
   * needs from one step to the next.
   */
  readonly gathered: ParameterStore;
  readonly #values: Slices;
  readonly #grads: Slices;

  /**
   * Cuts a store up, which takes no memory.
   *
   * @param store Parameters with gradients.
   * @throws {ConfigError} if a rank would have none.
   * @throws {GpuError} if the store keeps no gradients.
   */
  constructor(store: ParameterStore, ranks: Ranks) {
    this.gpu = store.gpu;
    this.store = store;
    this.ranks = ranks;
    const { numRanks } = ranks;
    if (store.segments.some(({ grads }) => grads === undefined)) {
      throw new GpuError("Parameters without gradients are not shared out: none is to be moved.");
    }
    this.numSlabs = store.segments.reduce((sum, { values }) => sum + slabsOf(values.size), 0);
    if (this.numSlabs < numRanks) {
      throw new ConfigError(
        `train.shardOptimizer: expected false, since a network of ${this.numSlabs} times ${SLAB} ` +
          `parameters is too small to be shared out among ${numRanks} ranks, found true`,
      );
    }
    const slices = Array.from({ length: numRanks }, (_, rank) => slicesOf(store, rank, this));
    this.segments = slices[ranks.rank]!;
    this.#values = slices.map((windows) => windows.map(({ values }) => values));
    this.#grads = slices.map((windows) => windows.map(({ grads }) => grads));
    const memory = store.segments.map(({ grads }) => grads!);
    this.gathered = new ParameterStore(store.gpu, store.specs, false, "f32", memory);
  }

  /** What the parameters are, in whichever slice. */
  get specs(): readonly ParameterSpec[] {
    return this.store.specs;
  }

  /** Replaces the gradients in this rank's slice by their sums over all ranks. */
  async sumGrads(): Promise<void> {
    await this.ranks.sumSlices(this.gpu, this.#grads);
  }

  /** Brings the parameters in the slices of all other ranks up to date. */
  async shareValues(): Promise<void> {
    await this.ranks.gatherSlices(this.gpu, this.#values);
  }

  /**
   * Brings the slices that all ranks have of a state together, in {@linkcode gathered}, where they
   * stay until the next step.
   *
   * @param state This rank's slice of it, as `zerosLike` makes it.
   */
  async gather({ segments }: { segments: readonly Pick<Segment, "values">[] }): Promise<void> {
    for (const [i, { grads }] of this.segments.entries()) {
      this.gpu.copy(segments[i]!.values, grads);
    }
    await this.ranks.gatherSlices(this.gpu, this.#grads);
  }

  /** Lets go of the memory of the gradients. */
  [Symbol.dispose](): void {
    this.gathered[Symbol.dispose]();
  }
}

/** The slices that a configuration asks for; undefined if each rank is to move all parameters. */
export function slicesFor(
  { shardOptimizer }: Pick<TrainConfig, "shardOptimizer">,
  store: ParameterStore,
  ranks: Ranks,
): ParameterSlices | undefined {
  return shardOptimizer && ranks.numRanks > 1 ? new ParameterSlices(store, ranks) : undefined;
}

/** A rank's windows of a store's segments. */
function slicesOf(
  store: ParameterStore,
  rank: number,
  { numSlabs, ranks: { numRanks } }: Pick<ParameterSlices, "numSlabs" | "ranks">,
): SegmentSlice[] {
  const [begin, end] = [rank, rank + 1].map((each) => Math.floor(each * numSlabs / numRanks));
  let before = 0;
  return store.segments.flatMap(({ group, values, grads }) => {
    const first = Math.max(begin! - before, 0);
    const from = first * SLAB;
    const to = Math.min((end! - before) * SLAB, values.size);
    const firstSlab = before + first;
    before += slabsOf(values.size);
    if (from >= to) return [];
    const window = ({ buffer, byteOffset }: Tensor) =>
      new Tensor(buffer, byteOffset + 4 * from, [to - from]);
    return { group, values: window(values), grads: window(grads!), halves: undefined, firstSlab };
  });
}
