/**
 * What the steps of all samplers along a flow are made of: at which times the networks are asked,
 * and how their answers move the state z. All in float64 on the host, once a run. The steps of
 * each method are in its folder.
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

/** What a step does to the state. */
export type StepFactors = Pick<SamplerStep, "keep" | "predict" | "correct" | "noise">;

/** Where a step begins and ends. */
export interface StepInterval {
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
 * Divides t in [0, 1] into equal steps.
 *
 * @param renewal η in [0, 1]: with σ = 1−γ(t'), a step carries z up to γ̃ = 1 − σ·√(1−η²), and new
 * noise of the size ησ takes it back to γ(t').
 * @param step What a step does, and the second time that it asks for.
 */
export function mapIntervals(
  schedule: GammaSchedule,
  numSteps: number,
  renewal: number,
  step: (interval: StepInterval) => StepFactors & Pick<SamplerStep, "targetTime">,
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

/** Part of the way from z to p: (γ̃ − γ)/(1 − γ + eps). */
export function eulerWeight(gamma: number, reach: number, eps: number): number {
  return (reach - gamma) / (1 - gamma + eps);
}

/**
 * A step of Euler's method towards p, and back by new noise; all the way to p at the last.
 *
 * @param eps Keeps 1 − γ from 0.
 */
export function towardsPrediction(
  { gamma, reach, retreat, noise, last }: StepInterval,
  eps: number,
): StepFactors {
  if (last) return { keep: 0, predict: 1, correct: 0, noise: 0 };
  const weight = eulerWeight(gamma, reach, eps);
  return { keep: 1 - weight, predict: weight + retreat, correct: 0, noise };
}
