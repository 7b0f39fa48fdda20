/**
 * The steps by which a denoiser flow map writes text.
 *
 * @module
 */

import { mapIntervals, type SamplerStep, towardsPrediction } from "../../flow/sampler_steps.ts";
import type { GammaSchedule } from "../../flow/schedule.ts";

/**
 * γ-sampling of a denoiser flow map (PSD). With σ = 1−γ(t'), σ̃ = σ·√(1−η²), γ̃ = 1−σ̃ and its
 * time t̃ by the schedule's forward spline: p is asked for t to t̃, z is carried to γ̃,
 * z ← (1−γ̃)/(1−γ)·z + (γ̃−γ)/(1−γ)·p, and back to γ(t') by new noise,
 * z ← z + (σ̃−σ)·p + ησ·n. The last step ends with z = p. Reference: `FMLM.generate_samples`.
 *
 * @param renewal η in [0, 1], the reference's `sampling.gamma`: the share of the noise that is
 * renewed in each step; 0 is deterministic.
 */
export function psdSteps(schedule: GammaSchedule, numSteps: number, renewal = 0): SamplerStep[] {
  return mapIntervals(schedule, numSteps, renewal, (interval) => ({
    ...towardsPrediction(interval, 0),
    targetTime: schedule.alphaAt(interval.reach),
  }));
}
