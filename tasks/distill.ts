/**
 * Distils what a recipe trains first by the recipe's method: `deno task distill letters`.
 *
 * @module
 */

import { methodOf } from "../lib/methods/table.ts";
import { candidatesOf, trainTask } from "./runs/train_task.ts";

if (import.meta.main) {
  await trainTask({
    name: "distill",
    doc: "Distils a trained FLM into a flow map that writes text in few steps.",
    pick: ({ distill: { method } }) => methodOf(method, "distill.method"),
    candidates: candidatesOf("distill"),
  });
}
