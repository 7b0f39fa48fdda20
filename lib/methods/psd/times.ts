/**
 * Which samples of a batch train the denoiser flow map (PSD) on which times.
 *
 * @module
 */

import { type Intervals, type IntervalTimes, withGammas } from "../../flow/intervals.ts";
import type { GammaSchedule } from "../../flow/schedule.ts";
import { drawTimes } from "../../flow/time_sampling.ts";

/** What a sample trains. */
export const PsdCategory = {
  /** The denoiser: s = t. */
  Diagonal: 0,
  /** The whole jump: s = 0, t = 1. */
  Boundary: 1,
  /** A jump from s to t. */
  OffDiagonal: 2,
} as const;

/** One of {@linkcode PsdCategory}. */
export type PsdCategory = typeof PsdCategory[keyof typeof PsdCategory];

/** How a batch is divided. */
export interface PsdRules {
  /** Part of the batch that is diagonal. */
  diagonalFraction: number;
  /** One in so many of the other samples gets the whole jump. */
  boundaryOneIn: number;
}

/** Samples of each category in a batch. */
export type PsdCounts = Record<"diagonal" | "boundary" | "offDiagonal", number>;

/** How many samples of a batch belong to which category (`FMLM._get_split_indices`). */
export function psdCounts(
  batchSize: number,
  { diagonalFraction, boundaryOneIn }: PsdRules,
): PsdCounts {
  const diagonal = Math.floor(batchSize * diagonalFraction);
  const share = diagonalFraction + (1 - diagonalFraction) / boundaryOneIn;
  const boundary = Math.floor(batchSize * share) - diagonal;
  return { diagonal, boundary, offDiagonal: batchSize - diagonal - boundary };
}

/**
 * The category of every sample: diagonal and boundary samples are spread evenly over the batch.
 * Which samples they are says nothing, since the order of the data is random; but evenly spread,
 * every micro-batch and rank has the same work. (The reference permutes them.)
 */
export function psdCategories({ diagonal, boundary, offDiagonal }: PsdCounts): PsdCategory[] {
  const jumps = boundary + offDiagonal;
  const batchSize = diagonal + jumps;
  let jump = 0;
  return Array.from({ length: batchSize }, (_, i) => {
    if (isChosen(i, diagonal, batchSize)) return PsdCategory.Diagonal;
    return isChosen(jump++, boundary, jumps) ? PsdCategory.Boundary : PsdCategory.OffDiagonal;
  });
}

/** Whether number i of `total` is one of `chosen` that lie evenly among them. */
function isChosen(i: number, chosen: number, total: number): boolean {
  return Math.floor((i + 1) * chosen / total) > Math.floor(i * chosen / total);
}

/** Numbers in [0, 1] for every sample of a batch; categories that lack a use ignore theirs. */
export interface PsdDraws {
  /** The time of a diagonal sample. */
  diagonal: ArrayLike<number>;
  /** The length d of a jump. */
  lengths: ArrayLike<number>;
  /** Where a jump starts: s as a fraction of 1 − d. */
  fractions: ArrayLike<number>;
}

const f32 = Math.fround;

/**
 * The times of given draws, rounded to float32 after every operation as in the reference
 * (`FMLM.loss`): s = fraction·(1 − d), t = s + d and u = (s + t)/2; all three are the same for a
 * diagonal sample.
 */
export function psdTimes(categories: readonly PsdCategory[], draws: PsdDraws): IntervalTimes {
  const count = categories.length;
  const start = new Float64Array(count);
  const end = new Float64Array(count);
  categories.forEach((category, i) => {
    if (category === PsdCategory.Diagonal) start[i] = end[i] = draws.diagonal[i]!;
    else if (category === PsdCategory.Boundary) end[i] = 1;
    else {
      start[i] = f32(draws.fractions[i]! * f32(1 - draws.lengths[i]!));
      end[i] = Math.min(1, f32(start[i]! + draws.lengths[i]!));
    }
  });
  const middle = start.map((s, i) => f32(f32(s + end[i]!) / 2));
  return { start, middle, end };
}

/** Which set of times within a step: see {@linkcode drawTimes}. */
const Draw = { Diagonal: 0, Lengths: 1, Fractions: 2 } as const;

/**
 * The times of a whole global batch, a function of seed and step alone. Every set of draws is
 * antithetic over just the samples that use it.
 */
export function drawPsdTimes(
  schedule: GammaSchedule,
  key: { seed: number; step: number },
  categories: readonly PsdCategory[],
): Intervals {
  const drawFor = (wanted: PsdCategory, draw: number): Float64Array => {
    const samples = [...categories.keys()].filter((i) => categories[i] === wanted);
    const times = drawTimes({ ...key, draw }, samples.length);
    const all = new Float64Array(categories.length);
    samples.forEach((sample, i) => all[sample] = times[i]!);
    return all;
  };
  const times = psdTimes(categories, {
    diagonal: drawFor(PsdCategory.Diagonal, Draw.Diagonal),
    lengths: drawFor(PsdCategory.OffDiagonal, Draw.Lengths),
    fractions: drawFor(PsdCategory.OffDiagonal, Draw.Fractions),
  });
  return withGammas(schedule, times);
}
