/**
 * Recipes, runs and token shards by their names: kinds of values for command lines.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import {
  describeNames,
  describeValue,
  type Field,
  type FieldOptions,
  text,
} from "../schema/field.ts";
import { nearest } from "../schema/nearest.ts";
import { HUB, isUrl } from "../system/location.ts";
import { taskCommand } from "../system/task_command.ts";
import { callerPath, isThere } from "./paths.ts";

/** Something that lies in a folder of this program, and is called by its name there. */
interface Kind {
  /** What it is called, such as `run`. */
  readonly title: string;
  /** What stands for it in a help text. */
  readonly metavar: string;
  /** The folder, as seen from this program's. */
  readonly folder: string;
  /** What follows the name in the folder. */
  readonly extension: string;
  /** Whether it is a file or a folder itself. */
  readonly isFile: boolean;
  /** What else may be given, such as "the path of a YAML file". */
  readonly other: string;
  /** The task that makes it of a recipe of the same name; null for recipes. */
  readonly madeBy: string | null;
}

const RECIPE: Kind = {
  title: "recipe",
  metavar: "RECIPE",
  folder: "data",
  extension: ".yaml",
  isFile: true,
  other: "the path of a YAML file",
  madeBy: null,
};
const RUN: Kind = {
  title: "run",
  metavar: "RUN",
  folder: "runs",
  extension: "",
  isFile: false,
  other: "the path of its folder",
  madeBy: "train",
};
const SHARDS: Kind = {
  title: "folder of token shards",
  metavar: "SHARDS",
  folder: "shards",
  extension: "",
  isFile: false,
  other: "its path",
  madeBy: "preprocess",
};

/** A recipe: a name such as `demo`, for `data/demo.yaml`, or the path of a YAML file. */
export function recipe(options: FieldOptions<string> = {}): Field<string> {
  return named(RECIPE, options);
}

/**
 * A run: a name such as `demo`, for `runs/demo`, or the path or address of its folder, or of one of
 * its checkpoints.
 */
export function run(options: FieldOptions<string> = {}): Field<string> {
  return named(RUN, options);
}

/**
 * A trained model: a {@linkcode run}, the path or address of a `.ckpt` file or of a folder with a
 * `config.json`, or `hf:OWNER/NAME` on the hub.
 */
export function model(options: FieldOptions<string> = {}): Field<string> {
  const field = run(options);
  return {
    ...field,
    expected: `${field.expected}, a .ckpt file, or hf:OWNER/NAME`,
    fromText(value) {
      if (value.startsWith(HUB)) return value;
      const given = callerPath(value);
      return isFileAt(given) ? given : field.fromText(value);
    },
  };
}

/** Token shards: a name such as `demo`, for `shards/demo`, or the path of their folder. */
export function shards(options: FieldOptions<string> = {}): Field<string> {
  return named(SHARDS, options);
}

/** The folder of a run that has this name; null if there is none. */
export function findRun(name: string): string | null {
  const place = placeOf(RUN, name);
  return isName(name) && isThere(place) ? place : null;
}

/** The names of all runs, sorted; of some there may be nothing but the folder. */
export function runNames(): string[] {
  return namesOf(RUN);
}

function named(kind: Kind, options: FieldOptions<string>): Field<string> {
  return {
    ...text({ ...options, expected: expectedOf(kind) }),
    metavar: kind.metavar,
    fromText: (value) => locate(kind, value),
  };
}

function expectedOf({ title, folder, other }: Kind): string {
  return `the name of a ${title} in ${folder}/, or ${other}`;
}

/**
 * What a text names. A name is that of the program's own folder, if there is such a thing, else a
 * file or folder of the caller's, whichever is wanted; a path is the caller's, unless it is there
 * for the program alone.
 *
 * @throws {ConfigError} if nothing has the name, with the nearest that there is; or no file is at a
 * path, but one of nearly its name.
 */
function locate(kind: Kind, text: string): string {
  const own = placeOf(kind, text);
  const given = callerPath(text);
  if (isUrl(text) || text.trim() === "") return text;
  if (!isName(text)) {
    const place = [given, text, own].find(isThere);
    if (place === undefined) {
      if (kind.isFile) refuseMisspelt(kind, text);
      return given;
    }
    if (isFileAt(place) === !kind.isFile) throw ofAnotherKind(kind, text);
    return place;
  }
  const place = [own, given].find((each) => isFileAt(each) === kind.isFile);
  if (place === undefined) throw nothingCalled(kind, text);
  return place;
}

function placeOf({ folder, extension }: Kind, name: string): string {
  return `${folder}/${name}${extension}`;
}

/** Whether a text can only be a name: paths have a slash, or the ending of a recipe or a model. */
function isName(text: string): boolean {
  return !/[/\\]|^\.+$|\.(ya?ml|ckpt|pt|pth)$/.test(text);
}

function nothingCalled(kind: Kind, name: string): ConfigError {
  const { title, folder, other, madeBy } = kind;
  const names = namesOf(kind);
  const there = names.length === 0
    ? `There is nothing in ${folder}/ yet: expected ${other}.`
    : `In ${folder}/ there are ${describeNames(names)}. Expected one of these names, or ${other}.`;
  const isRun = kind !== RUN && isThere(placeOf(RUN, name));
  const start = `There is no ${title} ${describeValue(name)}${
    isRun ? ", but a run of that name" : ""
  }.`;
  if (madeBy !== null && isThere(placeOf(RECIPE, name))) {
    const command = taskCommand(madeBy, [name]);
    return new ConfigError(`${start} ${command} makes one of the recipe. ${there}`);
  }
  // What is cut short is more often meant than what is mistyped.
  const near = names.find((each) => each.startsWith(name)) ?? nearest(name, names);
  return new ConfigError(`${start}${near === null ? "" : ` Did you mean ${near}?`} ${there}`);
}

/**
 * Refuses the path of a file that is not there, if one beside it has nearly its name: the ending
 * may be `.yml` or `.yaml`.
 *
 * @throws {ConfigError} naming that one.
 */
function refuseMisspelt({ title }: Kind, path: string): void {
  const [, folder, name] = /^(.*[/\\])?([^/\\]*)$/s.exec(path)!;
  const files = filesIn(callerPath(folder ?? ".")).filter((each) => /\.ya?ml$/.test(each));
  const near = nearest(name!, files);
  if (near === null) return;
  throw new ConfigError(
    `There is no ${title} ${describeValue(path)}. Did you mean ${folder ?? ""}${near}?`,
  );
}

/** The names of the files in a folder, sorted; none if it cannot be read. */
function filesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
      isDirectory ? [] : [name]
    ).sort();
  } catch {
    return [];
  }
}

/** Whether a path leads to a file rather than to a folder; null if there is neither. */
function isFileAt(path: string): boolean | null {
  try {
    return !Deno.statSync(path).isDirectory;
  } catch {
    return null;
  }
}

function ofAnotherKind(kind: Kind, path: string): ConfigError {
  const found = kind.isFile ? "a folder" : "a file";
  return new ConfigError(
    `Expected ${expectedOf(kind)}, found ${found}: ${describeValue(path)}.`,
  );
}

/** The names that there are, sorted. */
function namesOf({ folder, extension, isFile }: Kind): string[] {
  try {
    return [...Deno.readDirSync(folder)]
      .map(({ name }) => name)
      .filter((name) => name.endsWith(extension) && !name.startsWith("."))
      // Of a link, what it leads to.
      .filter((name) => isFileAt(`${folder}/${name}`) === isFile)
      .map((name) => name.slice(0, name.length - extension.length))
      .sort();
  } catch {
    // The folder is made when it is first needed.
    return [];
  }
}
