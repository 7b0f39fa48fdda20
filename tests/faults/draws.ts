/**
 * The moments at which faults come: drawn, and the same again for the same seed.
 *
 * @module
 */

import { IS_NIGHTLY } from "../testing/nightly.ts";
import { randomIntegers } from "../testing/random_integers.ts";

/** The variable of the environment that says the seed. */
const SEED_VARIABLE = "FLM_FAULTS_SEED";

/** Every night another one. */
const USUAL_SEED = IS_NIGHTLY ? Math.floor(Date.now() / 86_400_000) : 1;

/** The seed of all draws. */
const SEED = Number(Deno.env.get(SEED_VARIABLE) ?? USUAL_SEED);

/** Gives random integers from 0 up to a bound, for a test of this name. */
export function drawsOf(name: string): (bound: number) => number {
  const own = [...name].reduce((sum, letter) => Math.imul(31, sum) + letter.codePointAt(0)!, SEED);
  const draw = randomIntegers(own);
  // The first of a linear generator tells the seed.
  for (let i = 0; i < 8; i++) draw(2);
  return draw;
}

/** Some of the numbers below a bound, in order: all of them every night. */
export function someOf(bound: number, count: number, draw: (bound: number) => number): number[] {
  const all = Array.from({ length: bound }, (_, i) => i);
  if (IS_NIGHTLY) return all;
  return Array.from({ length: Math.min(count, bound) }, () => all.splice(draw(all.length), 1)[0]!)
    .sort((a, b) => a - b);
}

/** What a failure says, so that it can be repeated. */
export function repeatBy(what: string): string {
  const nightly = IS_NIGHTLY ? "FLM_NIGHTLY=1 " : "";
  return `${what}; to repeat it: ${nightly}${SEED_VARIABLE}=${SEED} deno test -A tests/faults`;
}
