/**
 * Where files are looked for that are not there.
 *
 * @module
 */

import { findBuiltin } from "./builtin.ts";
import { isRemote, isUrl } from "./location.ts";
import { currentCaller } from "./task_command.ts";

/** Where a path that was not found was looked for, in brackets, if it does not say so itself. */
export function lookedFor(path: string): string {
  const module = findBuiltin("node:path");
  if (module === undefined || isUrl(path) || module.isAbsolute(path)) return "";
  // The folder's own name is not told without it.
  const { state } = Deno.permissions.querySync({ name: "read", path: "." });
  return state === "granted" ? ` (looked for ${module.resolve(path)})` : "";
}

/**
 * A path of a configuration as it would be in the folder that the person stands in; null if it
 * leads to the same place from there, or that folder is not known.
 */
export function inCallersFolder(path: string): string | null {
  const { folder } = currentCaller();
  const module = findBuiltin("node:path");
  if (folder === undefined || module === undefined || isRemote(path)) return null;
  if (module.isAbsolute(path) || module.relative(folder, Deno.cwd()) === "") return null;
  return module.resolve(folder, path);
}

/**
 * How to name what is not in this program's folder, but in the one that the person stands in: a
 * sentence that follows others.
 *
 * @param key The configuration key that named it.
 * @param whole What {@linkcode inCallersFolder} gives.
 */
export function advisePath(key: string, path: string, whole: string): string {
  return ` It is there as ${whole}, but paths of a configuration belong to this project's folder: ` +
    `write that, or give --${key} ${path}, which belongs to yours.`;
}
