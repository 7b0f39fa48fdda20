/**
 * What the distilling tasks have in common: the runs that a student learns from.
 *
 * @module
 */

import { kebab } from "../lib/cli/flags.ts";
import { ConfigError } from "../lib/errors.ts";
import { writeJsonFile } from "../lib/io/json_file.ts";
import { isMissing } from "../lib/io/missing.ts";
import { readText } from "../lib/io/read_text.ts";
import { text } from "../lib/schema/field.ts";
import { readJson } from "../lib/schema/read_json.ts";

/** The file of a run's folder that names the runs it learned from. */
const INPUTS = "inputs.json";

/** Runs that a student learns from, by the name of their flag. */
export type Inputs<K extends string> = Readonly<Record<K, string>>;

/**
 * The runs to learn from: as the flags say or, for a resumed run that they do not say it of, as
 * they were at first.
 *
 * @throws {ConfigError} naming the flag that is missing.
 */
export async function readInputs<K extends string>(
  given: Readonly<Record<K, string | null>>,
  resumed: string | null,
): Promise<Inputs<K>> {
  const unsaid = Object.keys(given).filter((name) => given[name as K] === null);
  const recorded = resumed === null || unsaid.length === 0
    ? {}
    : await readRecorded(`${resumed}/${INPUTS}`, unsaid);
  const entries = Object.entries<string | null>(given).map(([name, value]) => {
    const run = value ?? recorded[name];
    if (run !== undefined) return [name, run];
    const flag = kebab(name);
    throw new ConfigError(`--${flag} RUN is missing: the run of the model to learn from.`);
  });
  return Object.fromEntries(entries);
}

/** Records them in the run's folder. */
export async function writeInputs(run: string, inputs: Inputs<string>): Promise<void> {
  await writeJsonFile(`${run}/${INPUTS}`, inputs);
}

/** What a file says of these inputs; nothing if there is no such file. */
async function readRecorded(
  path: string,
  names: readonly string[],
): Promise<Record<string, string | undefined>> {
  let source: string;
  try {
    source = await readText(path, ConfigError);
  } catch (error) {
    if (isMissing(error)) return {};
    throw error;
  }
  const run = { doc: "A run.", optional: text({ doc: "Its folder." }) };
  const keys = Object.fromEntries(names.map((name) => [name, run]));
  const flags = names.map((name) => `--${kebab(name)} RUN`).join(" and ");
  return readJson<Record<string, string | undefined>>(
    source,
    { doc: "The runs that a student learns from.", keys },
    { name: path, error: ConfigError, advice: `Remove it and give ${flags}.` },
  );
}
