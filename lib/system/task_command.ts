/**
 * Commands in messages, to be pasted into a shell.
 *
 * @module
 */

import { findBuiltin } from "./builtin.ts";
import { environment } from "./environment.ts";
import { isRemote } from "./location.ts";

/** Flags whose values are paths, or names of what lies in a folder of this program. */
const PATH_FLAGS = [
  "--config",
  "--resume",
  "--run",
  "--checkpoint",
  "--teacher",
  "--flow-map",
  "--judge",
  "--source",
];

/** The flag whose value a task takes as its first argument, too. */
const SUBJECTS: Readonly<Record<string, string>> = {
  preprocess: "--config",
  "preprocess:web": "--config",
  plan: "--config",
  train: "--config",
  watch: "--run",
  "train-ar": "--config",
  distill: "--config",
  "distill:second": "--config",
  reproduce: "--config",
  report: "--config",
  sample: "--checkpoint",
  import: "--source",
  export: "--checkpoint",
  quality: "--checkpoint",
  evaluate: "--checkpoint",
  "eval-ppl": "--checkpoint",
  "gen-ppl": "--checkpoint",
};

/** How a person called this program. */
export interface Caller {
  /** The launcher, by which this program was started; undefined if it was `deno task`. */
  readonly launcher: string | undefined;
  /** The folder that the person stands in; undefined if it is this program's. */
  readonly folder: string | undefined;
}

/** The launcher leaves its name in FLM_COMMAND, `deno task` the person's folder in INIT_CWD. */
export function currentCaller(): Caller {
  return { launcher: environment("FLM_COMMAND"), folder: environment("INIT_CWD") };
}

/**
 * A task as the person calls tasks: by the launcher or by `deno task`. What it works on goes first,
 * and what has a name is called by it: `train demo` for `train --config data/demo.yaml`.
 *
 * @param args The arguments; paths in them are those of this program's folder.
 */
export function taskCommand(
  task: string,
  args: readonly string[] = [],
  caller: Caller = currentCaller(),
): string {
  const shown = args.map((arg, i) => {
    const flag = args[i - 1] ?? "";
    if (!PATH_FLAGS.includes(flag)) return arg;
    // A judge may also be a name on the hub.
    const isPath = flag !== "--judge" || arg.startsWith("runs/");
    return nameOf(arg) ?? (isPath ? pathForCaller(arg, caller) : arg);
  });
  const at = shown.indexOf(SUBJECTS[task] ?? "");
  const [, ...subject] = at < 0 ? [] : shown.splice(at, 2);
  const { launcher } = caller;
  return [...launcher === undefined ? ["deno", "task"] : [launcher], task, ...subject, ...shown]
    .map(quoted).join(" ");
}

/** The name of a recipe or run that lies where those with names do; null for other paths. */
function nameOf(path: string): string | null {
  const [, recipe, run] = /^(?:data\/([\w-]+)\.yaml|runs\/([\w-]+))$/.exec(path) ?? [];
  return recipe ?? run ?? null;
}

/**
 * A task with arguments as a person gave them, to be given again where the person stands.
 *
 * @param args The arguments as they came.
 */
export function sameCommand(
  task: string,
  args: readonly string[],
  caller: Caller = currentCaller(),
): string {
  return [taskCommand(task, [], caller), ...args.map(quoted)].join(" ");
}

/** A path of this program's folder as it is to be written where the person stands. */
export function pathForCaller(path: string, { folder }: Caller = currentCaller()): string {
  const module = findBuiltin("node:path");
  if (folder === undefined || isRemote(path) || !module?.isAbsolute(folder)) return path;
  const { isAbsolute, relative, resolve } = module;
  const whole = resolve(path);
  const shown = relative(folder, whole);
  return shown.startsWith("..") || isAbsolute(shown) ? whole : shown;
}

function quoted(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
