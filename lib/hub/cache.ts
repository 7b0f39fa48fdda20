/**
 * Where downloaded models are kept.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { environment } from "../system/environment.ts";

/** Paths from the root, on Windows also of a drive. */
const ABSOLUTE = /^([/\\]|[A-Za-z]:[/\\])/;

/**
 * `flm/hub` in `XDG_CACHE_HOME`, else in `.cache` of the home folder; null if neither variable
 * holds an absolute path, or the program may not read them.
 */
export function hubCacheFolder(): string | null {
  const [cache, home] = ["XDG_CACHE_HOME", "HOME"].map((variable) => {
    const folder = environment(variable);
    return folder !== undefined && ABSOLUTE.test(folder) ? folder : null;
  });
  if (cache) return `${cache}/flm/hub`;
  return home ? `${home}/.cache/flm/hub` : null;
}

/**
 * The folder that {@linkcode hubCacheFolder} finds.
 *
 * @throws {DataError} if there is none, or a list of permissions cannot hold it and nothing else
 * lets the program write there.
 */
export function requireHubCache(): string {
  const folder = hubCacheFolder();
  if (folder === null) {
    throw new DataError(
      "There is no folder for downloads: set HOME or XDG_CACHE_HOME to an absolute path (and allow " +
        "the program to read them by --allow-env), or name a cache folder.",
    );
  }
  if (folder.includes(",") && !isWritable(folder)) {
    throw new DataError(
      `The folder for downloads, ${folder}, has a comma in its path, which no list of permissions ` +
        `can hold: set XDG_CACHE_HOME to a folder without commas.`,
    );
  }
  return folder;
}

function isWritable(path: string): boolean {
  return Deno.permissions.querySync({ name: "write", path }).state === "granted";
}
