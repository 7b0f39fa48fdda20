/**
 * Validation loss of an FLM with fixed times and noise, so that checkpoints and
 * runs can be compared.
 *
 * @module
 */

import type { ValidationBatches } from "../../data/batches/batches.ts";
import type { GammaSchedule } from "../../flow/schedule.ts";
import { drawTimes } from "../../flow/time_sampling.ts";
import type { Denoiser } from "../../model/denoiser.ts";
import { Stream } from "../../random/philox.ts";
import { meanAndError } from "../../train/objective_loss.ts";
import type { ValidationLoss } from "../../train/validation_loss.ts";
import { corruptedLoss } from "./corrupted_loss.ts";
import { TimeBins } from "./time_bins.ts";

/** What {@linkcode validate} needs. */
export interface FlmValidationOptions {
  /** The network to measure. */
  model: Denoiser;
  /** The token blocks. */
  batches: ValidationBatches;
  /** Batches to measure, from the first on. */
  numBatches: number;
  /** γ(t) for the model's vocabulary. */
  schedule: GammaSchedule;
  /** Seed of times and noise. */
  seed: number;
  /** The id that fills up blocks, which does not count; null, the default, if none does. */
  padId?: number | null;
}

/** Measures the cross-entropy (without learned weighting) on the first validation batches. */
export async function validate(options: FlmValidationOptions): Promise<ValidationLoss> {
  const { model, batches, schedule, seed, padId = null } = options;
  const { length } = model.config;
  const bins = new TimeBins();
  const means: number[] = [];
  const numBatches = Math.min(options.numBatches, batches.numBatches);
  for (let step = 0; step < numBatches; step++) {
    const tokens = batches.read(step);
    const times = drawTimes({ seed, step, stream: Stream.Evaluation }, tokens.length / length);
    const draw = { seed, step, firstSample: 0, padId };
    const losses = await corruptedLoss(model, schedule, { tokens, times, ...draw });
    losses.forEach(({ sum, count }, b) => {
      bins.add(times[b]!, sum, count);
      means.push(sum / count);
    });
  }
  return { ...meanAndError(means), byTime: bins.means, numSamples: means.length };
}
