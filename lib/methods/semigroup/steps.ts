/**
 * The steps by which a flow map of teacher and student writes text.
 *
 * @module
 */

import {
  eulerWeight,
  mapIntervals,
  type SamplerStep,
  VELOCITY_EPS,
} from "../../flow/sampler_steps.ts";
import type { GammaSchedule } from "../../flow/schedule.ts";

/**
 * A flow map of teacher and student: z ← z + c·(p − z)/(1−γ(t)+1e-5) + ½c²·g with
 * c = γ(t')−γ(t), p the teacher's probabilities at t and g the student's logits for t to t'.
 * The last step is like the others, so that z does not end as probabilities. Reference:
 * `FLM_distill.generate_samples`.
 *
 * @param renewal As for `flmSteps`. The data that noise is added to is then what the step
 * leads towards, p + ½c·(1−γ(t)+1e-5)·g.
 */
export function semigroupSteps(
  schedule: GammaSchedule,
  numSteps: number,
  renewal = 0,
): SamplerStep[] {
  return mapIntervals(schedule, numSteps, renewal, ({ gamma, reach, retreat, noise, next }) => {
    const weight = eulerWeight(gamma, reach, VELOCITY_EPS);
    return {
      targetTime: renewal === 0 ? next : schedule.alphaAt(reach),
      keep: 1 - weight,
      predict: weight + retreat,
      correct: 0.5 * (reach - gamma) ** 2 * (1 + retreat / weight),
      noise,
    };
  });
}
