/**
 * Vulkan drivers, looked for where the Vulkan loader does.
 *
 * @module
 */

import { isAbsolute, join, resolve } from "node:path";
import { environment } from "../../lib/system/environment.ts";
import type { Driver } from "./report.ts";

/** Where the system's descriptions lie; the loader knows a person's own folders besides. */
const FOLDERS = ["/usr/local/etc", "/etc", "/usr/local/share", "/usr/share"]
  .map((folder) => `${folder}/vulkan/icd.d`);
/** Where libraries lie that are named without a folder. */
const LIBRARIES = [
  ...["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"],
  ...["/usr/lib64", "/usr/lib", "/lib64", "/usr/local/lib"],
];

/** Where to look. */
export interface Places {
  /** Files of descriptions, or folders of them. */
  readonly descriptions: readonly string[];
  /** Folders of libraries. */
  readonly libraries: readonly string[];
}

/** The descriptions that are there, with the libraries that they name. */
export async function listDrivers(places: Places = usualPlaces()): Promise<Driver[]> {
  const files = (await Promise.all(places.descriptions.map(filesOf))).flat();
  return await Promise.all(files.map((file) => readDriver(file, places.libraries)));
}

/** The files of VK_DRIVER_FILES in place of all others, if it is set. */
function usualPlaces(): Places {
  const chosen = environment("VK_DRIVER_FILES") ?? environment("VK_ICD_FILENAMES");
  const added = environment("VK_ADD_DRIVER_FILES");
  const split = (paths: string | undefined) => paths?.split(":").filter(Boolean) ?? [];
  return {
    descriptions: chosen === undefined ? [...split(added), ...FOLDERS] : split(chosen),
    libraries: LIBRARIES,
  };
}

/** A file itself, the descriptions in a folder, or nothing. */
async function filesOf(path: string): Promise<string[]> {
  try {
    if (!(await Deno.stat(path)).isDirectory) return [path];
    const names = await Array.fromAsync(Deno.readDir(path), ({ name }) => name);
    return names.filter((name) => name.endsWith(".json")).sort().map((name) => join(path, name));
  } catch {
    return [];
  }
}

async function readDriver(file: string, libraries: readonly string[]): Promise<Driver> {
  let icd: { library_path?: unknown; api_version?: unknown } = {};
  try {
    icd = JSON.parse(await Deno.readTextFile(file)).ICD ?? {};
  } catch {
    // What cannot be read names no library.
  }
  const named = String(icd.library_path ?? "");
  const candidates = isAbsolute(named)
    ? [named]
    : named.includes("/")
    ? [resolve(file, "..", named)]
    : named === ""
    ? []
    : libraries.map((folder) => join(folder, named));
  const found = await Promise.all(candidates.map((path) => Deno.realPath(path).catch(() => null)));
  return {
    file,
    library: found.find((path) => path !== null) ?? null,
    version: String(icd.api_version ?? "unknown"),
  };
}
