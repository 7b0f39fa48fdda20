/**
 * Of which decays the running averages in a checkpoint are.
 *
 * @module
 */

import { emaDecays } from "../config/ema_decays.ts";
import { trainingConfig, type TrainingSection } from "../config/training_config.ts";
import type { TensorGroup } from "./files.ts";
import type { CheckpointState } from "./state.ts";

/** The decays that a run of such a state has for its running averages, in order. */
export function emaDecaysOf(
  { kind, config }: Pick<CheckpointState, "kind" | "config">,
): [number, ...number[]] {
  return emaDecays(trainingConfig(config, sectionOf(kind, config.distill.method)).optim);
}

/** The decay of the running average that is meant unless another is asked for. */
export function emaDecayOf(state: Pick<CheckpointState, "kind" | "config">): number {
  return emaDecaysOf(state)[0];
}

/** The group of the average of a decay; undefined if there is no such average. */
export function emaGroup(decays: readonly number[], decay: number): TensorGroup | undefined {
  const place = decays.indexOf(decay);
  return place < 0 ? undefined : place === 0 ? "ema" : `ema-${decay}`;
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
