/**
 * Where files are looked for that are not there.
 *
 * @module
 */

import { findBuiltin } from "./builtin.ts";
import { isUrl } from "./location.ts";

/** Where a path that was not found was looked for, in brackets, if it does not say so itself. */
export function lookedFor(path: string): string {
  const module = findBuiltin("node:path");
  if (module === undefined || isUrl(path) || module.isAbsolute(path)) return "";
  // The folder's own name is not told without it.
  const { state } = Deno.permissions.querySync({ name: "read", path: "." });
  return state === "granted" ? ` (looked for ${module.resolve(path)})` : "";
}
