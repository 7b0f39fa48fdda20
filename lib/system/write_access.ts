/**
 * What to do where a program may not write: its permissions are Deno's.
 *
 * @module
 */

import { currentCaller, pathForCaller } from "./task_command.ts";

/** Folders of what this program makes, which tasks may write. */
const OWN_FOLDERS = ["runs", "shards"];

/**
 * Says that a program has no write access, and how to mend that: by a place that it may write, or
 * by the permission, which who calls a task does not give.
 *
 * @param folder The folder that it needs.
 * @param move How the places are used, such as "choose a path in".
 */
export function lackOfWriteAccess(folder: string, move = "choose a path in"): string {
  const { launcher, folder: caller } = currentCaller();
  const isTask = launcher !== undefined || caller !== undefined;
  const places = [
    ...(caller !== undefined && mayWrite(caller) ? ["the folder that you call it from"] : []),
    ...OWN_FOLDERS.filter(mayWrite).map((own) => pathForCaller(own)),
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
