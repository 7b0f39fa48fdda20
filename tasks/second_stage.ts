/**
 * The second stage of a distillation: FLM and flow map become one network:
 * `deno task distill:second letters-semigroup`.
 *
 * @module
 */

import { methodOfSection } from "../lib/methods/table.ts";
import { candidatesOf, trainCommand, type TrainTask, trainTask } from "./runs/train_task.ts";

const TASK: TrainTask = {
  name: "distill:second",
  doc: "Makes one network of an FLM and its flow map of the first stage.",
  pick: () => methodOfSection("secondStage"),
  candidates: candidatesOf("secondStage"),
};

/** What it takes. */
export const COMMAND = trainCommand(TASK);

if (import.meta.main) await trainTask(TASK);
