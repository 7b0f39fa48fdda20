/**
 * Of which decay the running average in a checkpoint is.
 *
 * @module
 */

import { trainingConfig, type TrainingSection } from "../config/training_config.ts";
import type { CheckpointState } from "./state.ts";

/** The decay that a run of such a state has for its running average. */
export function emaDecayOf({ kind, config }: Pick<CheckpointState, "kind" | "config">): number {
  return trainingConfig(config, sectionOf(kind, config.distill.method)).optim.emaDecay;
}

/** The section of a kind's optimizer, which lies below the table of methods. */
function sectionOf(kind: string, distillation: string): TrainingSection | null {
  switch (kind) {
    case distillation:
      return "distill";
    case "second_stage":
      return "secondStage";
    case "ar":
      return "ar";
    default:
      return null;
  }
}
