/**
 * The jumps that flow maps are trained on: from a time s over a middle u to a
 * later time t, one jump for each sample.
 *
 * @module
 */

import type { GammaSchedule } from "./schedule.ts";
import { drawTimes } from "./time_sampling.ts";

/**
 * Times (alpha) of jumps, float32 values, and the gammas of exactly these: near alpha = 1 gamma
 * is so steep that another rounding of the time would be another gamma. One number a sample.
 */
export interface Intervals {
  /** Start s. */
  start: Float64Array;
  /** Middle u. */
  middle: Float64Array;
  /** End t. */
  end: Float64Array;
  /** γ(s). */
  gammaStart: Float64Array;
  /** γ(u). */
  gammaMiddle: Float64Array;
  /** γ(t). */
  gammaEnd: Float64Array;
}

/** The three times of {@linkcode Intervals}. */
export type IntervalTimes = Pick<Intervals, "start" | "middle" | "end">;

/** Numbers in [0, 1), one of each for a sample. */
export interface IntervalDraws {
  /** Lengths d of the jumps. */
  lengths: ArrayLike<number>;
  /** Where the jumps start: s as a fraction of 1 − d. */
  fractions: ArrayLike<number>;
  /** A sample whose number is below 1 / boundaryOneIn gets the whole jump. */
  boundary: ArrayLike<number>;
}

/** How jumps are drawn. */
export interface IntervalRules {
  /** The least length of a jump. */
  minLength: number;
  /** One in so many samples gets the whole jump, from 0 to 1. */
  boundaryOneIn: number;
}

const f32 = Math.fround;

/**
 * The jumps of given draws, rounded to float32 after every operation as in the reference
 * (`FLM_distill.loss`): d = max(length, minLength), s = fraction·(1 − d), or s = 0 and d = 1;
 * u = s + d/2, t = s + d.
 */
export function intervalsFromDraws(
  { lengths, fractions, boundary }: IntervalDraws,
  { minLength, boundaryOneIn }: IntervalRules,
): IntervalTimes {
  const count = lengths.length;
  const start = new Float64Array(count);
  const middle = new Float64Array(count);
  const end = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const whole = boundary[i]! < 1 / boundaryOneIn;
    const d = whole ? 1 : f32(Math.max(lengths[i]!, minLength));
    const s = whole ? 0 : f32(fractions[i]! * f32(1 - d));
    start[i] = s;
    middle[i] = f32(s + d / 2);
    end[i] = f32(s + d);
  }
  return { start, middle, end };
}

/** Adds the gammas to times. */
export function withGammas(schedule: GammaSchedule, times: IntervalTimes): Intervals {
  const gamma = (values: Float64Array) => values.map((t) => schedule.gammaAt(t));
  return {
    ...times,
    gammaStart: gamma(times.start),
    gammaMiddle: gamma(times.middle),
    gammaEnd: gamma(times.end),
  };
}

/** Which set of times within a step: see {@linkcode drawTimes}. */
const Draw = { Lengths: 0, Fractions: 1, Boundary: 2 } as const;

/**
 * The jumps of a whole global batch, a function of seed and step alone: lengths, fractions and
 * boundary draws are antithetic, each with a permutation of its own.
 */
export function drawIntervals(
  schedule: GammaSchedule,
  key: { seed: number; step: number },
  batchSize: number,
  rules: IntervalRules,
): Intervals {
  const times = intervalsFromDraws({
    lengths: drawTimes({ ...key, draw: Draw.Lengths }, batchSize),
    fractions: drawTimes({ ...key, draw: Draw.Fractions }, batchSize),
    boundary: drawTimes({ ...key, draw: Draw.Boundary }, batchSize),
  }, rules);
  return withGammas(schedule, times);
}

/** The jumps of the samples `indices`, in that order. */
export function pickIntervals(intervals: Intervals, indices: ArrayLike<number>): Intervals {
  const pick = (values: Float64Array) => Float64Array.from(indices, (index) => values[index]!);
  return {
    start: pick(intervals.start),
    middle: pick(intervals.middle),
    end: pick(intervals.end),
    gammaStart: pick(intervals.gammaStart),
    gammaMiddle: pick(intervals.gammaMiddle),
    gammaEnd: pick(intervals.gammaEnd),
  };
}
