/**
 * Where files are looked for that are not there.
 *
 * @module
 */

import { isAbsolute, resolve } from "node:path";
import { isUrl } from "./location.ts";

/** Where a path that was not found was looked for, in brackets, if it does not say so itself. */
export function lookedFor(path: string): string {
  const { state } = Deno.permissions.querySync({ name: "read", path: "." });
  const known = isUrl(path) || isAbsolute(path) || state !== "granted";
  return known ? "" : ` (looked for ${resolve(path)})`;
}
