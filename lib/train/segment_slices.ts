/**
 * How the segments of a store are cut into a slice for each rank.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { Tensor } from "../gpu/tensor.ts";
import type { ParameterStore, Segment } from "../model/parameters.ts";
import { SLAB, slabsOf } from "../ops/sum.ts";

/** A window of a segment, which is one rank's. */
export interface SegmentSlice extends Segment {
  /** Its gradients. */
  readonly grads: Tensor;
  /** How many slabs of the store come before it. */
  readonly firstSlab: number;
}

/** How many slabs some segments have. */
export function countSlabs(segments: readonly Pick<Segment, "values">[]): number {
  return segments.reduce((sum, { values }) => sum + slabsOf(values.size), 0);
}

/**
 * Each rank's windows of the segments of a store with gradients; see `ParameterSlices`.
 *
 * @param wholeGroups Groups of parameters that are not cut.
 * @throws {ConfigError} if a rank would have nothing of what is cut.
 */
export function sliceSegments(
  store: ParameterStore,
  numRanks: number,
  wholeGroups: readonly string[],
): SegmentSlice[][] {
  const spans = spansOf(store);
  const isWhole = ({ group }: Segment) => wholeGroups.includes(group);
  const [cut, whole] = [spans.filter((each) => !isWhole(each)), spans.filter(isWhole)];
  if (countSlabs(cut) < numRanks) {
    const why = cut.length === 0
      ? "the optimizer moves all parameters as a whole"
      : `a network of ${
        countSlabs(cut)
      } times ${SLAB} parameters that can be cut is too small to ` +
        `be shared out among ${numRanks} ranks`;
    throw new ConfigError(`train.shardOptimizer: expected false, since ${why}, found true`);
  }
  const slicesOfCut = slicesOf(cut, numRanks, () => true);
  const slicesOfWhole = slicesOf(whole, numRanks, betweenParameters(store, whole));
  return slicesOfCut.map((windows, rank) => [...windows, ...slicesOfWhole[rank]!]);
}

/** A segment with gradients, and how many slabs of the store come before it. */
type Span = Segment & Pick<SegmentSlice, "grads" | "firstSlab">;

function spansOf({ segments }: ParameterStore): Span[] {
  let firstSlab = 0;
  return segments.map((segment) => {
    const span = { ...segment, grads: segment.grads!, firstSlab };
    firstSlab += slabsOf(segment.values.size);
    return span;
  });
}

/**
 * The windows of some segments that are each rank's, cut at slabs of theirs that `mayCut` allows.
 */
function slicesOf(
  spans: readonly Span[],
  numRanks: number,
  mayCut: (slab: number) => boolean,
): SegmentSlice[][] {
  const ends = cutEvenly(countSlabs(spans), numRanks, mayCut);
  return ends.map((end, rank) => windowsOf(spans, ends[rank - 1] ?? 0, end));
}

/**
 * Where each of some parts of 0 to `count` ends, that lie one after another: as near to equal parts
 * as can be.
 *
 * @param mayCut Where parts may end: at `count` in any case.
 */
export function cutEvenly(
  count: number,
  numParts: number,
  mayCut: (at: number) => boolean,
): number[] {
  const isEnd = (at: number) => at === 0 || at === count || mayCut(at);
  return Array.from({ length: numParts }, (_, part) => {
    const equal = Math.floor((part + 1) * count / numParts);
    let off = 0;
    while (!isEnd(equal - off) && !isEnd(equal + off)) off++;
    return isEnd(equal - off) ? equal - off : equal + off;
  });
}

/** Whether the slabs of some segments, counted through, may be parted before one of them. */
function betweenParameters(
  { parameters }: ParameterStore,
  spans: readonly Span[],
): (slab: number) => boolean {
  const windows = parameters.flatMap(({ windows }) => windows);
  const inside = new Set<number>();
  let before = 0;
  for (const { values } of spans) {
    for (const { value: { tensor } } of windows) {
      if (tensor.buffer !== values.buffer) continue;
      const first = (tensor.byteOffset - values.byteOffset) / 4;
      const end = first + tensor.size;
      for (let slab = Math.floor(first / SLAB) + 1; slab * SLAB < end; slab++) {
        inside.add(before + slab);
      }
    }
    before += slabsOf(values.size);
  }
  return (slab) => !inside.has(slab);
}

/** What lies in the slabs from `begin` to `end` of some segments, counted through. */
function windowsOf(spans: readonly Span[], begin: number, end: number): SegmentSlice[] {
  let before = 0;
  return spans.flatMap(({ group, values, grads, firstSlab }) => {
    const first = Math.max(begin - before, 0);
    const from = first * SLAB;
    const to = Math.min((end - before) * SLAB, values.size);
    before += slabsOf(values.size);
    if (from >= to) return [];
    const window = ({ buffer, byteOffset }: Tensor) =>
      new Tensor(buffer, byteOffset + 4 * from, [to - from]);
    return {
      ...{ group, values: window(values), grads: window(grads), halves: undefined },
      firstSlab: firstSlab + first,
    };
  });
}
