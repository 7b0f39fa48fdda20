/**
 * The form of comments, which `deno fmt` leaves as they are.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { globSync } from "node:fs";
import { ROOT } from "./testing/program.ts";

/** Characters of a line, as deno.json has them for code. */
const LINE_WIDTH = 100;
/** Tables and addresses are as long as they are. */
const COMMENT = /^ *(\/\*\*|\*|\/\/) (?!\||.*https?:)/;

Deno.test("comments have lines of at most 100 characters", async () => {
  const folders = "{lib,tasks,tests,bench,examples,links}/**/*.ts";
  const long: string[] = [];
  let count = 0;
  for (const path of globSync(folders, { cwd: ROOT })) {
    for (const line of (await Deno.readTextFile(`${ROOT}${path}`)).split("\n")) {
      if (!COMMENT.test(line)) continue;
      count++;
      if ([...line].length > LINE_WIDTH) long.push(`${path}: ${line}`);
    }
  }
  assert(count > 10_000, `${count} lines`);
  assertEquals(long, []);
});
