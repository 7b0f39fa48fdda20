/**
 * Names of several files at once, such as `news-*.jsonl.gz`.
 *
 * @module
 */
import { DataError, isPermissionDenied, messageOf } from "../../../errors.ts";
import { isUrl } from "../../../system/location.ts";
import { advisePath, inCallersFolder, lookedFor } from "../../../system/looked_for.ts";
import { systemReason } from "../../../system/system_error.ts";

/**
 * The files that a location names, sorted by name: itself, or those of its folder that match its
 * last component, where `*` stands for any characters and `?` for one. Hidden files match only a
 * pattern that begins with a dot.
 *
 * @param key The configuration key that named it.
 * @throws {DataError} if nothing matches or the folder cannot be listed.
 */
export async function expandGlob(location: string, key: string): Promise<string[]> {
  if (!isPattern(location)) return [location];
  const folder = folderOf(location);
  let found: string[];
  try {
    found = await matchesOf(location);
  } catch (cause) {
    if (isPermissionDenied(cause)) throw cause;
    const reason = cause instanceof Deno.errors.NotFound
      ? `there is no such folder${lookedFor(folder)}`
      : systemReason("read", cause) ?? messageOf(cause);
    throw new DataError(
      `Cannot list the folder of ${key} ${location}: ${reason}. Set ${key}; only its last ` +
        `component may hold * and ?.${await adviceFor(key, location)}`,
      { cause },
    );
  }
  if (found.length === 0) {
    throw new DataError(
      `No file matches ${key} ${location}${lookedFor(location)}. Set ${key}.` +
        await adviceFor(key, location),
    );
  }
  return found.sort();
}

/** The folder of a location, with its slash; nothing for that of the program. */
function folderOf(location: string): string {
  return location.slice(0, location.lastIndexOf("/") + 1);
}

/** The files that match a pattern, in any order. */
async function matchesOf(location: string): Promise<string[]> {
  const folder = folderOf(location);
  const matches = matcherOf(location.slice(folder.length));
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder === "" ? "." : folder)) {
    if (!isDirectory && matches.test(name)) found.push(`${folder}${name}`);
  }
  return found;
}

/** How to name the files if they are in the caller's folder. */
async function adviceFor(key: string, location: string): Promise<string> {
  const whole = inCallersFolder(location);
  const found = whole === null ? [] : await matchesOf(whole).catch(() => []);
  return found.length === 0 ? "" : advisePath(key, location, whole!);
}

/** Whether a location stands for the files that match it. */
export function isPattern(location: string): boolean {
  return !isUrl(location) && /[*?]/.test(location);
}

function matcherOf(pattern: string): RegExp {
  const source = pattern.replace(/[\\^$.|+()[\]{}]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${pattern.startsWith(".") ? "" : "(?!\\.)"}${source}$`, "su");
}
