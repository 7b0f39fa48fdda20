/**
 * What the files of runs and checkpoints are called, and hold.
 *
 * @module
 */

import { TOO_LARGE } from "../model/named_tensors.ts";

/**
 * The groups of tensors in a checkpoint, each a file. A model that corrects a `teacher` has it in
 * its checkpoint: without, it could not write text. Of several running averages the first is `ema`,
 * the others are named after their decay.
 */
export type TensorGroup = "model" | "ema" | `ema-${number}` | "optimizer" | "teacher";

/** The file of a run folder with its configuration. */
export const CONFIG = "config.yaml";
/** The file of a run folder that names its newest checkpoint. */
export const LATEST = "latest.json";
/** The folder of a run's checkpoints. */
export const CHECKPOINTS = "checkpoints";
/** What a checkpoint says of itself. */
export const STATE = "state.json";

/** The file of a group. */
export function groupFile(group: TensorGroup): string {
  return `${group}.safetensors`;
}

/** From which size on numbers of a group are refused: moments of an optimizer may be large. */
export function boundOf(group: TensorGroup): number {
  return group === "optimizer" ? Infinity : TOO_LARGE;
}

/** The folder of a step's checkpoint, inside the run's. */
export function checkpointFolder(step: number): string {
  return `${CHECKPOINTS}/${String(step).padStart(7, "0")}`;
}
