/**
 * Configurations in YAML files.
 *
 * @module
 */

import { parse, stringify } from "@std/yaml";
import { applyOverrides, type Config, parseConfig } from "./config.ts";
import { ConfigError, messageOf } from "./errors.ts";

/**
 * Reads, overrides and validates a configuration.
 *
 * @param path A YAML file.
 * @param overrides Text by full key, as `applyOverrides` takes it.
 * @throws {ConfigError} If the file is missing, no file, not readable or not
 * YAML (with line and column), or the configuration is wrong.
 */
export async function loadConfig(
  path: string,
  overrides: Readonly<Record<string, string>> = {},
): Promise<Config> {
  return parseConfig(applyOverrides(parseYaml(await readText(path), path), overrides), {
    file: path,
  });
}

/** Writes a configuration, every default included, as YAML that `loadConfig` reads back. */
export function configToYaml(config: Config): string {
  return `# Every key of this run, defaults included.\n${stringify(config, { lineWidth: -1 })}`;
}

async function readText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    const reason = explainReadError(error);
    throw new ConfigError(`Cannot read the configuration ${path}: ${reason}.`, { cause: error });
  }
}

function explainReadError(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder; name a YAML file in it";
  if (error instanceof Deno.errors.PermissionDenied) return "its permissions forbid reading";
  return messageOf(error);
}

function parseYaml(text: string, path: string): unknown {
  try {
    return parse(text, { schema: "core" });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ConfigError(`${path} is not valid YAML: ${error.message}`, { cause: error });
  }
}
