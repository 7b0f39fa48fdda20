/**
 * The sizes at which trainings and samplings are measured: those of the recipes.
 *
 * @module
 */

import type { Config } from "../../lib/config/config.ts";
import { loadConfig } from "../../lib/config/config_file.ts";
import type { PlannedTraining } from "../../lib/planning/dry_training.ts";
import { methodOf } from "../../lib/methods/table.ts";
import type { Tokenizer } from "../../lib/text/tokenizer.ts";

/** The recipes, with the sizes of their vocabularies: no tokenizer is needed to measure. */
export const RECIPES = { demo: 2048, lm1b: 30522, owt: 50258 } as const;

/** The name of a recipe. */
export type RecipeName = keyof typeof RECIPES;

const DATA = new URL("../../data/", import.meta.url);

/** The configuration of a recipe, with keys changed. */
export async function recipeConfig(
  name: RecipeName,
  overrides: Readonly<Record<string, string>> = {},
): Promise<Config> {
  return await loadConfig(new URL(`${name}.yaml`, DATA).pathname, overrides);
}

/** Its tokens, by their sizes alone: networks ask for nothing else. */
export function recipeTokens(name: RecipeName): Tokenizer {
  const vocabSize = RECIPES[name];
  return { vocabSize, padId: vocabSize - 1 } as Tokenizer;
}

/** Its first training, of batches of one micro-batch of so many blocks. */
export async function recipeTraining(
  name: RecipeName,
  blocks: number,
  precision: "f32" | "mixed",
): Promise<PlannedTraining> {
  const config = await recipeConfig(name, {
    "train.batchSize": `${blocks}`,
    "train.microBatchSize": `${blocks}`,
    "train.precision": precision,
  });
  return { config, method: methodOf("flm"), tokens: recipeTokens(name) };
}
