/**
 * Paths on command lines.
 *
 * @module
 */

import { isAbsolute, relative, resolve } from "node:path";
import { text } from "../schema/field.ts";
import type { Field, FieldOptions } from "../schema/field.ts";
import { environment } from "../io/environment.ts";
import { isUrl } from "../io/location.ts";

/**
 * What a path on the command line means: `deno task` runs in the project's folder and leaves
 * the caller's in INIT_CWD, to which relative paths belong. URLs stay as they are.
 */
export function callerPath(path: string): string {
  if (isUrl(path) || isAbsolute(path)) return path;
  const folder = environment("INIT_CWD");
  return folder === undefined ? path : resolve(folder, path);
}

/** A path as seen from this program's folder, if it lies below; others stay as they are. */
export function shownPath(path: string): string {
  if (isUrl(path)) return path;
  const shown = relative(Deno.cwd(), path);
  return shown.startsWith("..") ? path : shown;
}

/** A flag that takes a path (or a URL), relative to the caller's folder. */
export function path(options: FieldOptions<string> & { expected: string }): Field<string> {
  const field = text(options);
  return { ...field, fromText: (value) => callerPath(String(field.fromText(value))) };
}
