/**
 * The parameters of a network in slices, one for each rank: what one of them moves, and keeps
 * moments and averages of, where each does its part for all.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { type ParameterSpec, ParameterStore, type Segment } from "../model/parameters.ts";
import type { Ranks, Slices } from "./ranks.ts";
import { countSlabs, type SegmentSlice, sliceSegments } from "./segment_slices.ts";

/** What optimizers and averages work on: all of the parameters, or a rank's slice. */
export type MovedParameters = ParameterStore | ParameterSlices;

/**
 * Slices of a store's segments, of equal size up to a slab: those of a segment lie one after
 * another in the order of the ranks. They end at slabs of sums (`ops/sum.ts`), so that the norm of
 * all gradients is made of the same terms, in the same order, as where nothing is sliced.
 *
 * Groups whose parameters stay whole are shared out for themselves. Each slice of them ends at the
 * slab between two parameters that is nearest to an equal part, so that a rank may have none;
 * parameters that have a slab in common, as small ones of odd sizes do, stay together.
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
   * @param wholeGroups Groups of parameters that are not cut: none unless given.
   * @throws {ConfigError} if a rank would have nothing of what is cut.
   * @throws {GpuError} if the store keeps no gradients.
   */
  constructor(store: ParameterStore, ranks: Ranks, wholeGroups: readonly string[] = []) {
    this.gpu = store.gpu;
    this.store = store;
    this.ranks = ranks;
    if (store.segments.some(({ grads }) => grads === undefined)) {
      throw new GpuError("Parameters without gradients are not shared out: none is to be moved.");
    }
    this.numSlabs = countSlabs(store.segments);
    const slices = sliceSegments(store, ranks.numRanks, wholeGroups);
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
