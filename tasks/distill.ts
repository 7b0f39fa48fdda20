/**
 * Distils what a recipe trains first by the recipe's method: `deno task distill letters`.
 *
 * @module
 */

import { methodOf } from "../lib/methods/table.ts";
import { candidatesOf, trainCommand, type TrainTask, trainTask } from "./runs/train_task.ts";

const TASK: TrainTask = {
  name: "distill",
  doc: "Distils a trained FLM into a flow map that writes text in few steps.",
  pick: ({ distill: { method } }) => methodOf(method, "distill.method"),
  candidates: candidatesOf("distill"),
};

/** What it takes. */
export const COMMAND = trainCommand(TASK);

if (import.meta.main) await trainTask(TASK);
