/**
 * Paths on command lines.
 *
 * @module
 */

import { fullKey } from "../config/key_names.ts";
import { type Field, type FieldOptions, text } from "../schema/field.ts";
import type { KeyInfo } from "../schema/tree.ts";
import { builtin } from "../system/builtin.ts";
import { environment } from "../system/environment.ts";
import { isUrl } from "../system/location.ts";

/** Folders of what this program makes, which are its own wherever it is called from. */
const OWN_FOLDERS = /^(shards|runs)\//;

/**
 * What a path on the command line means: `deno task` runs in the project's folder and leaves
 * the caller's in INIT_CWD, to which relative paths belong. URLs stay as they are.
 */
export function callerPath(path: string, folder = environment("INIT_CWD")): string {
  const { isAbsolute, resolve } = builtin("node:path");
  if (isUrl(path) || isAbsolute(path)) return path;
  return folder === undefined ? path : resolve(folder, path);
}

/**
 * Texts of configuration keys on a command line, where paths are as this program's folder sees
 * them. In `shards/` and `runs/` it is the caller's if it is there, else this program's.
 *
 * @param keys The keys that there are.
 * @param folder The caller's folder.
 */
export function callerOverrides(
  overrides: Readonly<Record<string, string>>,
  keys: readonly KeyInfo[],
  folder = environment("INIT_CWD"),
): Record<string, string> {
  const fields = new Map(keys.map(({ path, field }) => [path, field]));
  return Object.fromEntries(
    Object.entries(overrides).map(([name, text]) => {
      const field = fields.get(fullKey(name));
      const value = field?.fromText(text);
      if (field?.isPath === undefined || typeof value !== "string") return [name, text];
      const path = shownPath(callerPath(value, folder));
      const isSure = field.isPath === "always" && !OWN_FOLDERS.test(value);
      return [name, isSure || isThere(path) ? path : text];
    }),
  );
}

/** Whether there is something at a path, as far as the program may see. */
export function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** A path as seen from this program's folder, if it lies below; others stay as they are. */
export function shownPath(path: string): string {
  if (isUrl(path)) return path;
  const shown = builtin("node:path").relative(Deno.cwd(), path);
  return shown.startsWith("..") ? path : shown;
}

/** A flag that takes a path (or a URL), relative to the caller's folder. */
export function path(options: FieldOptions<string> & { expected: string }): Field<string> {
  const field = text(options);
  return {
    ...field,
    metavar: "PATH",
    fromText: (value) => callerPath(String(field.fromText(value))),
  };
}
