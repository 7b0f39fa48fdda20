/**
 * Which checkpoints of a run stay.
 *
 * @module
 */

import type { TrainConfig } from "../config/types.ts";
import type { BestCheckpoint } from "./state.ts";

/** Which checkpoints stay when another is written. */
export interface KeptCheckpoints {
  /** How many of the newest ones. */
  readonly newest: number;
  /** Those of multiples of so many steps as well; 0 for none, as if it were not given. */
  readonly every?: number;
  /** And that of a step: the best so far. */
  readonly best?: number | undefined;
}

/** Which checkpoints of a run stay by its configuration, besides the best so far. */
export function keptCheckpoints(
  { keepCheckpoints: newest, keepEvery: every }: TrainConfig,
  best: BestCheckpoint | undefined,
): KeptCheckpoints {
  return { newest, every, best: best?.step };
}

/**
 * The steps of checkpoints that go.
 *
 * @param steps Those that there are.
 * @param written The step of the one that was written last: later ones are of a run that went back.
 */
export function outdatedSteps(
  steps: readonly number[],
  written: number,
  { newest, every = 0, best }: KeptCheckpoints,
): number[] {
  const isKept = (step: number) => step === best || (every > 0 && step % every === 0);
  const older = steps.filter((step) => step < written).sort((a, b) => b - a);
  const later = steps.filter((step) => step > written);
  return [...later, ...older.slice(Math.max(0, newest - 1)).filter((step) => !isKept(step))];
}
