/**
 * The steps by which a flow map of one network writes text.
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
 * A flow map with one network: as `flmSteps`, with p told how far the step
 * leads. Reference: `FLM_distill_double.generate_samples`.
 */
export function secondStageSteps(
  schedule: GammaSchedule,
  numSteps: number,
  renewal = 0,
): SamplerStep[] {
  return mapIntervals(schedule, numSteps, renewal, (interval) => ({
    ...towardsPrediction(interval, VELOCITY_EPS),
    targetTime: renewal === 0 ? interval.next : schedule.alphaAt(interval.reach),
  }));
}
