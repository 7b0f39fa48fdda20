/**
 * What the distilling tasks have in common: the runs that a student learns from.
 *
 * @module
 */

import { kebab } from "../lib/cli/flags.ts";
import { ConfigError } from "../lib/errors.ts";
import { readJsonFile, writeJsonFile } from "../lib/io/json_file.ts";

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
  const recorded = resumed === null ? {} : await readRecorded(`${resumed}/${INPUTS}`);
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

async function readRecorded(path: string): Promise<Record<string, string>> {
  try {
    return await readJsonFile(path) as Record<string, string> ?? {};
  } catch {
    // Then the flags must say it.
    return {};
  }
}
