/**
 * Settings that only one method knows: `options` of a configuration.
 *
 * @module
 */

import type { Config, MethodOptions } from "../../config/config.ts";
import { ConfigError } from "../../errors.ts";
import { readSection, type Section } from "../../schema/tree.ts";
import type { Method } from "./method.ts";

/**
 * Checks the options that a configuration gives a method, if it asks for it.
 *
 * @throws {ConfigError} naming every one that the method does not have, or has otherwise.
 */
export function requireOptions(
  config: Config,
  { kind, options }: Pick<Method, "kind" | "options">,
): void {
  for (
    const [where, owner] of [
      ["options", config.method],
      ["distill.options", config.distill.method],
    ] as const
  ) {
    if (owner !== kind) continue;
    if (options !== null) {
      readOptions<unknown>(config, options, where);
      continue;
    }
    const [name] = Object.keys(optionsAt(config, where));
    if (name === undefined) continue;
    throw new ConfigError(`${where}.${name}: unknown key: ${kind} has no options. Remove it.`);
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
  const options = readSection(section, optionsAt(config, where), problems);
  if (problems.length === 0) return options;
  throw new ConfigError(problems.map((problem) => `${where}.${problem}`).join("\n"));
}

function optionsAt(
  { options, distill }: Config,
  where: "options" | "distill.options",
): MethodOptions {
  return where === "options" ? options : distill.options;
}
