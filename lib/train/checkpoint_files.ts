/**
 * What the files of runs and checkpoints are called.
 *
 * @module
 */

/**
 * The groups of tensors in a checkpoint, each a file. A flow map of the first stage has its
 * `teacher` with it: without, it could not write text.
 */
export type TensorGroup = "model" | "ema" | "optimizer" | "teacher";

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

/** The folder of a step's checkpoint, inside the run's. */
export function checkpointFolder(step: number): string {
  return `${CHECKPOINTS}/${String(step).padStart(7, "0")}`;
}
