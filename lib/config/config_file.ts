/**
 * Configurations in YAML files.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { readText } from "../io/read_text.ts";
import { pathForCaller } from "../system/task_command.ts";
import { yamlPackage } from "../system/yaml_package.ts";
import { applyOverrides, type Config, parseConfig } from "./config.ts";
import { modernise } from "./former_keys.ts";
import { fullKey } from "./key_names.ts";
import { parseYaml } from "./yaml.ts";

/** More than anybody writes by hand. */
const MAX_BYTES = 2 ** 20;

/**
 * Reads, overrides and validates a configuration.
 *
 * @example Read a recipe with another number of steps
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadConfig } from "@flm/flm";
 *
 * const { train } = await loadConfig("data/demo.yaml", { "train.num-steps": "100" });
 * assertEquals(train.numSteps, 100);
 * ```
 *
 * @param path A YAML file.
 * @param overrides Text by full key, as `applyOverrides` takes it.
 * @param note Takes a line for everything in the file that has another name by now.
 * @throws {ConfigError} If the file is missing, no file, not readable or not
 * YAML (with line and column), or the configuration is wrong.
 */
export async function loadConfig(
  path: string,
  overrides: Readonly<Record<string, string>> = {},
  note?: (line: string) => void,
): Promise<Config> {
  const file = pathForCaller(path);
  const source = await readText(path, ConfigError, { maxBytes: MAX_BYTES });
  const { document, notes } = modernise(await parseYaml(source, file));
  for (const each of notes) note?.(`${file}: ${each}`);
  return parseConfig(applyOverrides(document, overrides), {
    file,
    overridden: Object.keys(overrides).map(fullKey),
  });
}

/** Writes a configuration, every default included, as YAML that `loadConfig` reads back. */
export async function configToYaml(config: Config): Promise<string> {
  const { dump } = await yamlPackage();
  return `# Every key of this run, defaults included.\n${dump(config, { lineWidth: -1 })}`;
}
