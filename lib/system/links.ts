/**
 * Symbolic links that lead out of a folder. A permission to write a folder, such as
 * `--allow-write=runs`, holds for whatever the links in it lead to.
 *
 * @module
 */

import { FlmError } from "../errors.ts";
import { builtin } from "./builtin.ts";
import { whileReading } from "./system_error.ts";

/**
 * Refuses a folder below `root` if it lies elsewhere by a symbolic link, or something in it does.
 * `root` itself may be a link. A folder that is not below `root`, or is not there, is not looked
 * at.
 *
 * @throws {FlmError} naming the link and where it leads.
 */
export async function refuseLinksOut(folder: string, root: string): Promise<void> {
  const { relative, resolve, sep } = builtin("node:path");
  const below = relative(root, folder);
  if (below.startsWith("..") || resolve(below) === below) return;
  const base = await findRealPath(root);
  if (base === null) return;
  let path = root;
  for (const name of below.split(sep)) {
    path = `${path}/${name}`;
    const info = await Deno.lstat(path).catch(() => null);
    if (info === null) return;
    if (info.isSymlink) await refuseLinkOut(path, base, root);
  }
  await refuseLinksInside(folder, base, root);
}

async function refuseLinksInside(folder: string, base: string, root: string): Promise<void> {
  for (const entry of await whileReading(folder, Array.fromAsync(Deno.readDir(folder)))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isSymlink) await refuseLinkOut(path, base, root);
    else if (entry.isDirectory) await refuseLinksInside(path, base, root);
  }
}

async function refuseLinkOut(link: string, base: string, root: string): Promise<void> {
  const target = await findRealPath(link) ?? await Deno.readLink(link);
  if (target === base || target.startsWith(base + builtin("node:path").sep)) return;
  throw new FlmError(
    `${link} is a symbolic link to ${target}: what is written in ${root} must lie there. Replace ` +
      `the link by what it leads to, or make ${root} itself a link to another disk.`,
  );
}

/** The path without links; null if it leads to nothing. */
async function findRealPath(path: string): Promise<string | null> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    return await whileReading(path, Promise.reject(error));
  }
}
