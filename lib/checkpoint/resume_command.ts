/**
 * The commands that go on with runs.
 *
 * @module
 */

import { taskCommand } from "../system/task_command.ts";
import type { ModelKind } from "./state.ts";

/** The task that makes each kind of model. */
const TASKS: Readonly<Record<ModelKind, string>> = {
  flm: "train",
  flow_map: "distill",
  psd: "distill",
  second_stage: "distill:second",
  ar: "train-ar",
};

/** The command that goes on with a run from the checkpoint of a step. */
export function resumeCommand(
  run: string,
  { kind, step }: { kind: ModelKind; step: number },
  more: readonly string[] = [],
): string {
  return taskCommand(TASKS[kind], ["--resume", run, "--step", String(step), ...more]);
}
