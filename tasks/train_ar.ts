/**
 * Trains the autoregressive baseline on the token shards of a recipe:
 * `deno task train-ar demo`.
 *
 * @module
 */

import { methodOfSection } from "../lib/methods/table.ts";
import { candidatesOf, trainCommand, type TrainTask, trainTask } from "./runs/train_task.ts";

const TASK: TrainTask = {
  name: "train-ar",
  doc: "Trains a causal transformer that judges the texts of the other models.",
  pick: () => methodOfSection("ar"),
  candidates: candidatesOf("ar"),
};

/** What it takes. */
export const COMMAND = trainCommand(TASK);

if (import.meta.main) await trainTask(TASK);
