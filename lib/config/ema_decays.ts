/**
 * The decays of a training's moving averages.
 *
 * @module
 */

import type { OptimConfig } from "./types.ts";

/** All of them, in order: there is at least one. */
export function emaDecays({ emaDecay }: Pick<OptimConfig, "emaDecay">): [number, ...number[]] {
  return (typeof emaDecay === "number" ? [emaDecay] : [...emaDecay]) as [number, ...number[]];
}
