/**
 * The bundle that `deno task bundle` makes.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { deno, ROOT } from "./program.ts";

/** Makes it as the file `path`. */
export async function makeBundle(path: string): Promise<void> {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const [program, ...args] = tasks.bundle.command.replace("dist/flm.js", path).split(" ");
  assertEquals(program, "deno");
  const { code, stderr } = await deno(args);
  assertEquals(code, 0, stderr);
}
