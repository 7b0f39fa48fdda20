/**
 * Which models a student learns from, as flags or its run say it.
 *
 * @module
 */

import { isAbsolute, join, relative, resolve } from "node:path";
import type { Frozen } from "../../lib/checkpoint/frozen.ts";
import { listCheckpoints, placeOfCheckpoint } from "../../lib/checkpoint/run_folder.ts";
import { kebab, keyInWords } from "../../lib/config/key_names.ts";
import { ConfigError } from "../../lib/errors.ts";
import { writeJsonFile } from "../../lib/io/json_file.ts";
import { readTextIfThere } from "../../lib/io/read_text.ts";
import { text } from "../../lib/schema/field.ts";
import { readJson } from "../../lib/schema/read_json.ts";
import { exists } from "../../lib/system/exists.ts";
import { isRemote } from "../../lib/system/location.ts";
import { pathForCaller } from "../../lib/system/task_command.ts";

/**
 * The file of a run's folder that names the checkpoints it learns from, as seen from that folder:
 * a project may be renamed.
 */
const TEACHERS_FILE = "inputs.json";

/** Runs or checkpoints that a student learns from, by what they are to it, as their flags say. */
export type TeacherRuns = Readonly<Record<string, string>>;

/**
 * What to learn from: as the flags say or, for a resumed run that they do not say it of, the
 * checkpoint of before. If that is gone it is its run, whose newest one may be the same.
 *
 * @param given What the flags say; null where they say nothing.
 * @param resumed The run that goes on, if one does.
 * @param usual The runs that a recipe makes for them, which are taken if nothing else is said.
 * @throws {ConfigError} naming the flag that is missing.
 */
export async function readTeacherRuns(
  given: Readonly<Record<string, string | null>>,
  resumed: string | null,
  usual: TeacherRuns = {},
): Promise<TeacherRuns> {
  const unsaid = Object.keys(given).filter((name) => given[name] === null);
  const recorded = resumed === null || unsaid.length === 0
    ? {}
    : await readRecorded(`${resumed}/${TEACHERS_FILE}`, unsaid);
  const runs: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const before = recorded[name];
    const found = value ??
      (before === undefined ? await findUsual(usual[name]) : await findRecorded(resumed!, before));
    if (found === null) throw missing(name, resumed, before, usual[name]);
    runs[name] = found;
  }
  return runs;
}

/** Records in the run's folder from which checkpoints it learns, if it learns from any. */
export async function writeTeacherRuns(
  run: string,
  teachers: Readonly<Record<string, Pick<Frozen, "location">>>,
): Promise<void> {
  const entries = Object.entries(teachers).map(([name, { location }]) => [
    name,
    isRemote(location) ? location : relative(resolve(run), resolve(location)).replaceAll("\\", "/"),
  ]);
  if (entries.length === 0) return;
  await writeJsonFile(`${run}/${TEACHERS_FILE}`, Object.fromEntries(entries));
}

/** What a file says of these models; nothing if there is no such file. */
async function readRecorded(
  path: string,
  names: readonly string[],
): Promise<Record<string, string | undefined>> {
  const source = await readTextIfThere(path, ConfigError);
  if (source === undefined) return {};
  const run = { doc: "A run.", optional: text({ doc: "Its folder." }) };
  const keys = Object.fromEntries(names.map((name) => [name, run]));
  const flags = names.map((name) => `--${kebab(name)} RUN`).join(" and ");
  return readJson<Record<string, string | undefined>>(
    source,
    { doc: "The runs that a student learns from.", keys },
    { name: path, error: ConfigError, advice: `Remove it and give ${flags}.` },
  );
}

/** The run that a recipe makes, if it has a checkpoint by now. */
async function findUsual(run: string | undefined): Promise<string | null> {
  return run !== undefined && (await listCheckpoints(run)).length > 0 ? run : null;
}

/** Where a checkpoint or run is by now; null if it is gone. */
async function findRecorded(run: string, path: string): Promise<string | null> {
  if (isRemote(path)) return path;
  const location = locate(run, path);
  for (const each of [location, placeOfCheckpoint(location)?.run]) {
    if (each !== undefined && await exists(each)) return each;
  }
  return null;
}

function locate(run: string, path: string): string {
  return isAbsolute(path) ? path : join(run, path);
}

function missing(
  name: string,
  run: string | null,
  recorded: string | undefined,
  usual: string | undefined,
): ConfigError {
  const flag = kebab(name);
  if (run === null || recorded === undefined) {
    const own = usual === undefined
      ? ""
      : ` The recipe's own, ${pathForCaller(usual)}, has no checkpoint: train it first, or say ` +
        `where another is.`;
    return new ConfigError(`--${flag} RUN is missing: the run of the model to learn from.${own}`);
  }
  return new ConfigError(
    `The ${keyInWords(name)} that ${pathForCaller(run)} learns from is no longer at ` +
      `${pathForCaller(locate(run, recorded))}. Say where it is by --${flag} RUN; if it is ` +
      `gone, begin anew from another, under another name (--name NAME).`,
  );
}
