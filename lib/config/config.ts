/**
 * The configuration of a run: one typed, validated object read from YAML, JSON
 * or plain objects, with overrides from the command line.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { readSection } from "../schema/tree.ts";
import { modernise } from "./former_keys.ts";
import { brokenRules } from "./rules.ts";
import { CONFIG_SCHEMA } from "./schema.ts";
import type { Config } from "./types.ts";

export type * from "./types.ts";
export type * from "./type_names.ts";
export type { Field } from "../schema/field.ts";
export type { KeyInfo } from "../schema/tree.ts";
export { applyOverrides, configKeys } from "./overrides.ts";
export { keyPrefix, trainingConfig, type TrainingSection } from "./training_config.ts";

/**
 * How {@linkcode parseConfig} speaks of its input.
 *
 * @example Name the source of a document in errors
 * ```ts
 * import { parseConfig, type ParseConfigOptions } from "@flm/flm";
 *
 * const options: ParseConfigOptions = { file: "mine.json" };
 * try {
 *   parseConfig({ name: "mine" }, options);
 * } catch (error) {
 *   console.log(error);
 * }
 * ```
 */
export interface ParseConfigOptions {
  /** The file that the document came from, for error messages. */
  file?: string;
  /** Full keys that were set on the command line: what is wrong with them is not the file's. */
  overridden?: readonly string[];
  /** Takes a line for everything that has another name by now. */
  note?: (line: string) => void;
}

/** Problems that a message lists. */
const PROBLEMS_SHOWN = 20;

/**
 * Validates a parsed document and fills in the defaults.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseConfig } from "./config.ts";
 *
 * const config = parseConfig({
 *   name: "tiny",
 *   data: { source: { kind: "file", path: "a.txt" }, length: 64, dir: "shards/tiny" },
 *   model: { hiddenSize: 128, numBlocks: 4, numHeads: 4 },
 *   train: { numSteps: 100, batchSize: 16 },
 * });
 * assertEquals(config.optim.lr, 3e-4);
 * ```
 *
 * @param raw The document: nested mappings as YAML or JSON gives them.
 * @throws {ConfigError} Naming every key that is unknown (with the nearest
 * known one), missing, of a wrong type, out of its range or at odds with
 * another key, with what was found and what was expected.
 */
export function parseConfig(raw: unknown, options: ParseConfigOptions = {}): Config {
  const { document, notes } = modernise(raw);
  for (const each of notes) options.note?.(`${options.file ?? "configuration"}: ${each}`);
  const problems: string[] = [];
  const config = readSection(CONFIG_SCHEMA, document, problems);
  if (problems.length === 0) problems.push(...brokenRules(config));
  if (problems.length === 0) return config;

  const { file: where = "configuration", overridden = [] } = options;
  const isFlag = (problem: string) => overridden.some((key) => isAbout(problem, key));
  const named = problems.map((problem) => isFlag(problem) ? `--${problem}` : problem);
  if (named.length > 1) {
    const shown = named.slice(0, PROBLEMS_SHOWN).map((each) => `\n  ${each}`).join("");
    const more = named.length - PROBLEMS_SHOWN;
    throw new ConfigError(
      `${where}: ${named.length} problems${shown}${more > 0 ? `\n  and ${more} more` : ""}`,
    );
  }
  throw new ConfigError(isFlag(problems[0]!) ? named[0]! : `${where}: ${named[0]}`);
}

/** Whether a problem begins with a key, or a part of it. */
function isAbout(problem: string, key: string): boolean {
  return problem.startsWith(key) && /^[.:[ ]/.test(problem.slice(key.length));
}
