/**
 * The jumps that the files of the two-stage distillation are about.
 *
 * @module
 */

import { type Intervals, intervalsFromDraws, withGammas } from "../../lib/flow/intervals.ts";
import { timesFromDraws } from "../../lib/flow/time_sampling.ts";
import type { CheckContext } from "./check.ts";
import { Bound } from "./compare.ts";

/** How jumps are drawn, in the words of the files. */
export interface JumpDescription {
  boundary_prob: number;
  clamp_d_min: number;
}

/** The jumps that the recorded draws give; checks the times and gammas that all files have. */
export async function checkJumps(
  context: CheckContext,
  { clamp_d_min, boundary_prob }: JumpDescription,
  vocabSize: number,
): Promise<Intervals> {
  const { golden, resources } = context;
  const draws = {
    lengths: timesFromDraws({
      uniform: await golden.read("eps_d"),
      permutation: await golden.read("perm", "i32"),
    }),
    fractions: await golden.read("u_t"),
    boundary: await golden.read("u_boundary"),
  };
  const rules = { minLength: clamp_d_min, boundaryOneIn: boundary_prob };
  const intervals = withGammas(resources.schedule(vocabSize), intervalsFromDraws(draws, rules));
  const { start, end, gammaStart, gammaEnd } = intervals;
  const lengths = difference(end, start);
  await context.compareTokens("is_boundary", lengths.map((d) => Number(d === 1)));
  await context.compare("t", start, Bound.Statistic);
  await context.compare("d", lengths, Bound.Statistic);
  await context.compare("c_t_sc", gammaStart, Bound.Statistic);
  await context.compare("c_d_sc", difference(gammaEnd, gammaStart), Bound.Statistic);
  return intervals;
}

/** a − b, number by number. */
export function difference(a: Float64Array, b: Float64Array): number[] {
  return Array.from(a, (value, i) => value - b[i]!);
}
