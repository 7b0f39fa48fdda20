/**
 * The steps of the samplers: at which times the networks are asked, and how
 * their answers move the state z. All in float64 on the host, once a run.
 *
 * @module
 */

import type { GammaSchedule } from "./schedule.ts";

/** Keeps 1 − γ from 0 in a velocity, as the reference does. */
export const VELOCITY_EPS = 1e-5;

/**
 * One step of a sampler: z ← keep·z + predict·p + correct·g + noise·n, with p the denoiser's
 * probabilities, g the logits of the correcting network and n new standard normal numbers.
 */
export interface SamplerStep {
  /** The step's index, from 0. */
  index: number;
  /** The time t that the networks are given. */
  time: number;
  /** The second time, for networks that take one. */
  targetTime: number | undefined;
  /** Factor of z. */
  keep: number;
  /** Factor of p. */
  predict: number;
  /** Factor of g. */
  correct: number;
  /** Factor of n. */
  noise: number;
  /** Weight γ of the data in z after the step. */
  gamma: number;
}

/** Where a step begins and ends. */
interface Interval {
  /** t at the end. */
  next: number;
  /** γ at the beginning. */
  gamma: number;
  /** γ̃ up to which z is carried, before noise takes it back to γ at the end. */
  reach: number;
  /** What taking it back adds to the factor of the data. */
  retreat: number;
  /** Factor of the new noise. */
  noise: number;
  /** Whether it is the last step. */
  last: boolean;
}

/**
 * Euler's method for an FLM: z ← z + (γ(t')−γ(t))·(p − z)/(1−γ(t)+1e-5) in `numSteps` equal
 * steps of t, and z = p at the last. Reference: `FLM.generate_samples` (algo.py).
 *
 * @param renewal The share of the noise that is renewed in each step, from 0 to 1, as for
 * {@linkcode psdSteps}; 0 is the reference's sampler.
 */
export function flmSteps(schedule: GammaSchedule, numSteps: number, renewal = 0): SamplerStep[] {
  return mapIntervals(schedule, numSteps, renewal, (interval) => ({
    ...towardsPrediction(interval, VELOCITY_EPS),
    targetTime: undefined,
  }));
}

/**
 * A flow map with one network (stage 2): as {@linkcode flmSteps}, with p told how far the step
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

/**
 * A flow map of teacher and student (stage 1): z ← z + c·(p − z)/(1−γ(t)+1e-5) + ½c²·g with
 * c = γ(t')−γ(t), p the teacher's probabilities at t and g the student's logits for t to t'.
 * The last step is like the others, so that z does not end as probabilities. Reference:
 * `FLM_distill.generate_samples`.
 *
 * @param renewal As for {@linkcode flmSteps}. The data that noise is added to is then what the step
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

/** Divides t in [0, 1] into equal steps. */
function mapIntervals(
  schedule: GammaSchedule,
  numSteps: number,
  renewal: number,
  step: (interval: Interval) => Omit<SamplerStep, "index" | "time" | "gamma">,
): SamplerStep[] {
  return Array.from({ length: numSteps }, (_, index) => {
    const time = index / numSteps;
    const next = (index + 1) / numSteps;
    const gamma = schedule.gammaAt(time);
    const nextGamma = schedule.gammaAt(next);
    const sigma = 1 - nextGamma;
    const sigmaBefore = sigma * Math.sqrt(1 - renewal ** 2);
    const interval = {
      next,
      gamma,
      reach: 1 - sigmaBefore,
      retreat: sigmaBefore - sigma,
      noise: renewal * sigma,
      last: index === numSteps - 1,
    };
    return { index, time, gamma: nextGamma, ...step(interval) };
  });
}

/** Part of the way from z to p. */
function eulerWeight(gamma: number, reach: number, eps: number): number {
  return (reach - gamma) / (1 - gamma + eps);
}

/** A step towards p, and back by new noise; all the way to p at the last. */
function towardsPrediction({ gamma, reach, retreat, noise, last }: Interval, eps: number) {
  if (last) return { keep: 0, predict: 1, correct: 0, noise: 0 };
  const weight = eulerWeight(gamma, reach, eps);
  return { keep: 1 - weight, predict: weight + retreat, correct: 0, noise };
}
