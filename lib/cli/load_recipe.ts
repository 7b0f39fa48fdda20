/**
 * The recipe that a task is given.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/config_file.ts";
import { requireRecipe } from "../methods/recipe.ts";
import { pathForCaller } from "../system/task_command.ts";
import { writeStderr } from "./stderr.ts";

/**
 * Reads, overrides and validates a recipe; what has another name by now is said on standard error.
 *
 * @param path A YAML file.
 * @param overrides Text by full key.
 * @throws {ConfigError} as {@linkcode loadConfig}, or if there is no such method, or a bound is
 * about what is not made.
 */
export async function loadRecipe(
  path: string,
  overrides: Readonly<Record<string, string>>,
): Promise<Config> {
  const config = await loadConfig(path, overrides, (line) => writeStderr(`Note: ${line}.\n`));
  requireRecipe(config, pathForCaller(path));
  return config;
}
