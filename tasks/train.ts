/**
 * Trains what a recipe trains first, an FLM for example, or goes on with any run:
 * `deno task train demo`, `deno task train --resume RUN [--KEY VALUE]`.
 *
 * @module
 */

import { methods } from "../lib/methods/table.ts";
import { trainCommand, type TrainTask, trainTask } from "./runs/train_task.ts";

const TASK: TrainTask = {
  name: "train",
  doc: "Trains an FLM on the token shards of a recipe, or goes on with a run of any kind.",
  pick: null,
  candidates: methods(),
};

/** What it takes. */
export const COMMAND = trainCommand(TASK);

if (import.meta.main) await trainTask(TASK);
