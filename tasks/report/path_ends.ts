/**
 * Paths as pages have them that others are to read: without the folders of this machine.
 *
 * @module
 */

import { isAbsolute } from "node:path";
import { shownPath } from "../../lib/cli/paths.ts";
import { isUrl } from "../../lib/system/location.ts";

/** Of each path its last name, with as many of those before it as tell it from the others. */
export function pathEnds(paths: readonly string[]): string[] {
  const parts = paths.map((path) => shownPath(path).split(/[/\\]+/).filter((part) => part !== ""));
  const end = (names: readonly string[], count: number) => names.slice(-count).join("/");
  return parts.map((names) => {
    let count = 1;
    const isShared = (other: readonly string[]) =>
      end(other, count) === end(names, count) && end(other, Infinity) !== end(names, Infinity);
    while (parts.some(isShared)) count++;
    return end(names, count);
  });
}

/**
 * Paths below this program's folder as seen from there, and the {@linkcode pathEnds} of others;
 * URLs stay as they are.
 */
export function withoutMachine(paths: readonly string[]): string[] {
  const ends = pathEnds(paths);
  return paths.map((path, i) =>
    isUrl(path) || !isAbsolute(shownPath(path)) ? shownPath(path) : ends[i]!
  );
}
