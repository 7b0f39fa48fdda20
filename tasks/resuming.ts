/**
 * Where a training goes on.
 *
 * @module
 */

import { ConfigError } from "../lib/errors.ts";
import { placeOfCheckpoint } from "../lib/train/run_folder.ts";

/** A run, and the step to go on from; its newest checkpoint's unless given. */
export interface ResumePoint {
  /** The run's folder. */
  readonly run: string;
  /** The step. */
  readonly step?: number;
}

/**
 * What `--resume` and `--step` say: the folder of a run, or of one of its checkpoints.
 *
 * @throws {ConfigError} if there is a step without a run, or they name two steps.
 */
export function resumePoint(
  { resume, step = null }: { resume: string | null; step?: number | null },
): ResumePoint | null {
  if (resume === null) {
    if (step === null) return null;
    throw new ConfigError(`--step ${step} is a step of which run? Add --resume RUN.`);
  }
  const place = placeOfCheckpoint(resume);
  if (place === null) return step === null ? { run: resume } : { run: resume, step };
  if (step === null || step === place.step) return place;
  throw new ConfigError(
    `--resume ${resume} names step ${place.step}, but --step ${step} another: leave one out.`,
  );
}
