/**
 * The steps by which an FLM writes text.
 *
 * @module
 */

import {
  mapIntervals,
  type SamplerStep,
  towardsPrediction,
  VELOCITY_EPS,
} from "../../flow/sampler_steps.ts";
import type { GammaSchedule } from "../../flow/schedule.ts";

/**
 * Euler's method for an FLM: z ← z + (γ(t')−γ(t))·(p − z)/(1−γ(t)+1e-5) in `numSteps` equal
 * steps of t, and z = p at the last. Reference: `FLM.generate_samples` (algo.py).
 *
 * @param renewal The share of the noise that is renewed in each step, from 0 to 1, as for
 * `psdSteps`; 0 is the reference's sampler.
 */
export function flmSteps(schedule: GammaSchedule, numSteps: number, renewal = 0): SamplerStep[] {
  return mapIntervals(schedule, numSteps, renewal, (interval) => ({
    ...towardsPrediction(interval, VELOCITY_EPS),
    targetTime: undefined,
  }));
}
