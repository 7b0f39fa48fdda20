/**
 * Modules and what they are for, by their own words.
 *
 * @module
 */

import { FlmError } from "../../lib/errors.ts";
import { markdownTable } from "../figures/text_table.ts";

/** A module on a page. */
export interface ListedModule {
  /** What people call it. */
  readonly name: string;
  /** Where it lies, seen from the project's folder. */
  readonly path: string;
  /** Its text. */
  readonly source: string;
}

/** A row for each module, with a link to it. `head` is what the names are. */
export function moduleTable(head: string, modules: readonly ListedModule[]): string {
  const rows = modules.map(({ name, path, source }) => [
    `[\`${name}\`](../${path})`,
    summaryOf(source, path),
  ]);
  return markdownTable({ head: [head, "About"], rows }, "left").trimEnd();
}

/**
 * The first paragraph of a module's doc comment, in one line.
 *
 * @throws {FlmError} if the module does not begin with one.
 */
export function summaryOf(source: string, path: string): string {
  const comment = /^(?:#!.*\n)?\/\*\*\n([^]*?)\n \*\//.exec(source)?.[1];
  if (comment === undefined) {
    throw new FlmError(`${path}: expected a doc comment at the top. Say there what the file is.`);
  }
  const lines = comment.split("\n").map((line) => line.replace(/^ \* ?/, ""));
  const end = lines.findIndex((line) => line.trim() === "" || line.startsWith("@"));
  return lines.slice(0, end < 0 ? lines.length : end).join(" ");
}
