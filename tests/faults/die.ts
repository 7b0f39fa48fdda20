/**
 * Preloaded by programs that are to die (`deno run --preload`): kills its process as it is about to
 * change a file, and tells which changes there were if it comes to an end. See killed_program.ts.
 *
 * @module
 */

import { interceptChanges } from "../testing/file_changes.ts";
import { type Death, DEATH_VARIABLE, type Moment } from "./killed_program.ts";

const { killAt, torn = false, moments: file }: Death = JSON.parse(
  Deno.env.get(DEATH_VARIABLE) ?? "{}",
);
const moments: Moment[] = [];

const intercepted = interceptChanges(({ operation, path, goesOn, tear }) => {
  // Of the writes to one file, the first stands for all: it may be torn.
  if (goesOn) return;
  moments.push({ operation, path });
  if (moments.length - 1 !== killAt) return;
  if (torn) tear();
  Deno.kill(Deno.pid, "SIGKILL");
});

addEventListener("unload", () => {
  intercepted[Symbol.dispose]();
  if (file !== undefined) Deno.writeTextFileSync(file, JSON.stringify(moments));
});
