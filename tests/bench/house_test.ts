/**
 * The counts of how the project is built.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { deno } from "../testing/program.ts";

Deno.test("deno task house counts imports, doors, pages, rooms and files of a method", async () => {
  const { code, stdout, stderr } = await deno(["task", "--quiet", "house"]);
  assertEquals(code, 0, stderr);
  const patterns = [/^ {2}psd +\d+ +\d+ +\d+$/m, /^ {2}circles +0$/m, /^ {2}README.md +[\d,]+$/m];
  for (const pattern of patterns) assertMatch(stdout, pattern);
  const [, room] = /^ {2}lib\/math +(\d+) /m.exec(stdout)!;
  const files = [...Deno.readDirSync(new URL("../../lib/math", import.meta.url))];
  assertEquals(Number(room), files.length);
});
