/**
 * Whether a result can be written, asked before the work that makes it.
 *
 * @module
 */

import { FlmError } from "../errors.ts";
import { requireBuildable } from "./atomic.ts";
import { builtin } from "./builtin.ts";
import { missingFolders } from "./exists.ts";
import { makeFolder } from "./system_error.ts";
import { lackOfWriteAccess } from "./write_access.ts";

/**
 * Finds out whether a file can be written, or replaced, by `writeFileAtomic` once its folder is
 * there: whether the program may, and whether the system lets it. Leaves nothing behind.
 *
 * @param move What to do with the places where the program may write, if that is none of them.
 * @throws {FlmError} saying what is in the way.
 */
export async function requireWritable(path: string, move?: string): Promise<void> {
  const folder = builtin("node:path").dirname(path);
  const { state } = await Deno.permissions.request({ name: "write", path: folder });
  if (state !== "granted") {
    throw new FlmError(`Cannot write ${path}: ${lackOfWriteAccess(folder, move)}`);
  }
  const isFolder = await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false);
  if (isFolder) {
    throw new FlmError(
      `Cannot write ${path}: a folder has that name; remove it or choose another path`,
    );
  }
  const missing = await missingFolders(folder);
  await makeFolder(folder);
  // If the process is killed meanwhile, what is left goes with the next write to the path.
  await requireBuildable(path);
  // What is not empty is somebody else's by now.
  for (const each of missing) await Deno.remove(each).catch(() => {});
}
