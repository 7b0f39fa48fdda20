/**
 * What to do where a program may not write: its permissions are Deno's.
 *
 * @module
 */

import { type Caller, currentCaller, pathForCaller } from "./task_command.ts";

/** Folders of what this program makes, which tasks may write. */
const OWN_FOLDERS = ["runs", "shards"];

/**
 * Says that a program has no write access, and what helps: a place that it may write; or the
 * permission, unless it is a task, whose permissions are not its caller's to give.
 *
 * @param folder The folder that it needs.
 * @param move What to do with the places, such as "choose a path in".
 */
export function lackOfWriteAccess(
  folder: string,
  move = "choose a path in",
  caller: Caller = currentCaller(),
): string {
  const isTask = caller.launcher !== undefined || caller.folder !== undefined;
  const isCallers = caller.folder !== undefined && mayWrite(caller.folder);
  const places = [
    ...(isCallers ? ["the folder that you call it from"] : []),
    ...OWN_FOLDERS.filter(mayWrite).map((own) => pathForCaller(own, caller)),
  ].join(" or ");
  const ways = [
    ...(isTask && places !== "" ? [] : [`give it by --allow-write=${folder} to deno run`]),
    ...(places === "" ? [] : [`${move} ${places}`]),
  ];
  return `the program has no write access there; ${ways.join(", or ")}`;
}

function mayWrite(path: string): boolean {
  return Deno.permissions.querySync({ name: "write", path }).state === "granted";
}
