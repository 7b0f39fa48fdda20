/**
 * Which commit a folder is at, without a program that knows.
 *
 * @module
 */

import { isAbsolute, join } from "node:path";
import { isPermissionDenied } from "../../lib/errors.ts";

/**
 * The commit that is checked out in a folder, in hexadecimal digits; null if it is no checkout of
 * git. What was changed since is not told.
 */
export async function commitOf(folder: string): Promise<string | null> {
  const own = join(folder, ".git");
  // In a worktree it is a file that says where.
  const link = /^gitdir: (.+)$/m.exec(await textOf(own))?.[1];
  const git = link === undefined ? own : isAbsolute(link) ? link : join(folder, link);
  const head = (await textOf(join(git, "HEAD"))).trim();
  if (isCommit(head)) return head;
  const branch = /^ref: (\S+)$/.exec(head)?.[1];
  if (branch === undefined) return null;
  const common = (await textOf(join(git, "commondir"))).trim();
  const shared = common === "" ? git : isAbsolute(common) ? common : join(git, common);
  const commit = (await textOf(join(shared, branch))).trim();
  if (isCommit(commit)) return commit;
  const packed = (await textOf(join(shared, "packed-refs"))).split("\n")
    .find((line) => line.endsWith(` ${branch}`))?.split(" ")[0] ?? "";
  return isCommit(packed) ? packed : null;
}

function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(text);
}

/** The text of a file; empty if it cannot be read. */
async function textOf(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (isPermissionDenied(error)) throw error;
    return "";
  }
}
