/**
 * Settings that only one method knows: `options` of a configuration.
 *
 * @module
 */

import type { Config } from "../../config/config.ts";
import { ConfigError } from "../../errors.ts";
import { readSection, type Section } from "../../schema/tree.ts";

/**
 * Checks that nothing is asked of a method that has no options.
 *
 * @param kind The method.
 * @throws {ConfigError} naming those that it was given.
 */
export function requireNoOptions({ method, options, distill }: Config, kind: string): void {
  for (
    const [key, owner, given] of [
      ["options", method, options],
      ["distill.options", distill.method, distill.options],
    ] as const
  ) {
    const [name] = Object.keys(given);
    if (owner !== kind || name === undefined) continue;
    throw new ConfigError(`${key}.${name}: unknown key: ${kind} has no options. Remove it.`);
  }
}

/**
 * Reads a method's own options, with their defaults.
 *
 * @param section What the method knows.
 * @param where Where they stand: those of a distillation in its section.
 * @throws {ConfigError} naming every key that is unknown, missing or not as expected.
 */
export function readOptions<T>(
  config: Config,
  section: Section<T>,
  where: "options" | "distill.options" = "options",
): T {
  const problems: string[] = [];
  const options = readSection(
    section,
    where === "options" ? config.options : config.distill.options,
    problems,
  );
  if (problems.length === 0) return options;
  throw new ConfigError(problems.map((problem) => `${where}.${problem}`).join("\n"));
}
