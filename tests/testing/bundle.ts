/**
 * Bundles as `deno task bundle` makes them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { deno, ROOT } from "./program.ts";

/** Makes that of mod.ts, or of another program, as the file `path`. */
export async function makeBundle(path: string, program = "mod.ts"): Promise<void> {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const [command, ...args] = tasks.bundle.command.split(" ");
  assertEquals([command, args.slice(-2)], ["deno", ["dist/flm.js", "mod.ts"]]);
  const { code, stderr } = await deno([...args.slice(0, -2), path, program]);
  assertEquals(code, 0, stderr);
}
