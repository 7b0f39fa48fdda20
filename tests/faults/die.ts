/**
 * Preloaded by programs that are to die (`deno run --preload`): sends its process signals as it is
 * about to change a file, and tells which changes there were if it comes to an end. See
 * killed_program.ts.
 *
 * @module
 */

import { pause } from "../../lib/system/pause.ts";
import { interceptChanges } from "../testing/file_changes.ts";
import { type Death, DEATH_VARIABLE, type Moment } from "./killed_program.ts";

const { killAt, within = "", signals = ["SIGKILL"], torn = false, moments: file }: Death = JSON
  .parse(Deno.env.get(DEATH_VARIABLE) ?? "{}");
const moments: Moment[] = [];

const intercepted = interceptChanges(({ operation, path, goesOn, tear }) => {
  // Of the writes to one file, the first stands for all: it may be torn.
  if (goesOn || !path.includes(within)) return;
  moments.push({ operation, path });
  if (moments.length - 1 !== killAt) return;
  if (torn) tear();
  for (const signal of signals) Deno.kill(Deno.pid, signal);
  // Who listens to them in another thread gets them before much more is done.
  pause(100);
});

addEventListener("unload", () => {
  intercepted[Symbol.dispose]();
  if (file !== undefined) Deno.writeTextFileSync(file, JSON.stringify(moments));
});
