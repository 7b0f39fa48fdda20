/**
 * The doors of the project: what `deno.json` exports, by name and file.
 *
 * @module
 */

import { ROOT } from "./program.ts";

const { exports } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`)) as {
  exports: Readonly<Record<string, string>>;
};

/** The file of each door, from the project's folder on, by its name, such as `./ops`. */
export const DOORS: ReadonlyMap<string, string> = new Map(
  Object.entries(exports).map(([name, file]) => [name, file.replace(/^\.\//, "")]),
);
