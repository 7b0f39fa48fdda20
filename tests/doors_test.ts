/**
 * The doors: what they export is explained, and whoever can call a function can make its arguments.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { DOORS } from "./testing/doors.ts";
import { deno } from "./testing/program.ts";

Deno.test("every symbol of a door has a doc comment, and every type that it names is behind a door", async () => {
  const { code, stdout, stderr } = await deno(["doc", "--lint", ...DOORS.values()]);
  assertEquals([code, (stdout + stderr).match(/^error.*/gm) ?? []], [0, []]);
});
