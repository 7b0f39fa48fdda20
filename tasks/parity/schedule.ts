/**
 * Checks the time schedule, its quadrature and the normal distribution function.
 *
 * @module
 */

import { gaussHermite } from "../../lib/math/gauss_hermite.ts";
import { logNormalCdf } from "../../lib/math/log_normal_cdf.ts";
import type { CheckContext } from "./check.ts";
import { Bound } from "./compare.ts";

/** Slopes of gamma over alpha above which the steep bound holds. */
const STEEP = 100;

/** Checks `schedule`, for every vocabulary size that it holds. */
export async function checkSchedule(context: CheckContext): Promise<void> {
  const { golden } = context;
  const rule = gaussHermite(golden.tensors.get("gauss_hermite.x")?.numElements ?? 100);
  await context.compare("gauss_hermite.x", rule.nodes, Bound.Schedule, "f64");
  await context.compare("gauss_hermite.w", rule.weights, Bound.Schedule, "f64");
  const logCdf = (await golden.read("log_ndtr.x", "f64")).map(logNormalCdf);
  await context.compare("log_ndtr.y", logCdf, Bound.Schedule, "f64");

  const { vocab_sizes } = await golden.description<{ vocab_sizes: number[] }>();
  for (const vocabSize of vocab_sizes) await checkVocabulary(context, vocabSize);
}

async function checkVocabulary(context: CheckContext, vocabSize: number): Promise<void> {
  const { golden, resources } = context;
  const schedule = resources.schedule(vocabSize);
  const name = (quantity: string) => `${vocabSize}.${quantity}`;
  const read = (quantity: string) => golden.read(name(quantity), "f64");

  const gammas = await read("gamma");
  const exact = gammas.map((gamma) => schedule.exactAlphaAt(gamma));
  await context.compare(name("compute_alpha_exact"), exact, Bound.Schedule, "f64");
  const alphas = gammas.map((gamma) => schedule.alphaAt(gamma));
  await context.compare(name("gamma_to_alpha"), alphas, Bound.Schedule, "f64");

  for (const suffix of ["", "_edge"]) {
    const at = await read(`alpha${suffix}`);
    const slopes = await read(`dgamma_dalpha${suffix}`);
    const compare = (quantity: string, actual: Float64Array, expected: Float64Array) => {
      for (const steep of [false, true]) {
        // The last interval of the spline is 1e-14 wide: only its end, where gamma is clipped
        // to 1, means something, not its slope.
        const chosen = (_: number, i: number) =>
          slopes[i]! > STEEP === steep && !(expected === slopes && at[i] === 1);
        if (!slopes.some(chosen)) continue;
        context.compareValues(
          name(`${quantity}${suffix}`) + (steep ? " (steep)" : ""),
          actual.filter(chosen),
          expected.filter(chosen),
          steep ? Bound.SteepSchedule : Bound.Schedule,
        );
      }
    };
    const computed = at.map((alpha) => schedule.gammaAt(alpha));
    compare("alpha_to_gamma", computed, await read(`alpha_to_gamma${suffix}`));
    compare("dgamma_dalpha", at.map((alpha) => schedule.gammaSlopeAt(alpha)), slopes);
  }

  const rounded = (await read("alpha")).map((alpha) =>
    Math.fround(schedule.gammaAt(Math.fround(alpha)))
  );
  await context.compare(name("alpha_to_gamma_float32"), rounded, Bound.Schedule, "f64");
}
