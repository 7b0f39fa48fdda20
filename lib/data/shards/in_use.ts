/**
 * Folders of shards stay as they are while they are read: a training that takes days must not find
 * other shards under the same names.
 *
 * Readers share a lock on the folder, which the system lets go when they end. It holds among the
 * processes of a machine; Windows has none for folders.
 *
 * @module
 */
import { DataError } from "../../errors.ts";
import { isAt } from "../../system/same_file.ts";

/** How often the lock is tried while others replace the folder. */
const MAX_TRIES = 100;

/**
 * Keeps a folder of shards from being replaced until the handle is closed.
 *
 * @returns null where folders have no locks, and if there is no folder.
 */
export async function holdShards(folder: string): Promise<Deno.FsFile | null> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const handle = await lockFolder(folder, (handle) => handle.lock(false));
    // It may have been replaced before it was locked.
    if (handle === null || isAt(folder, handle)) return handle;
    handle.close();
  }
  return null;
}

/** Checks that nobody reads a folder of shards. @throws {DataError} if somebody does. */
export async function requireUnread(folder: string): Promise<void> {
  let isFree = true;
  const handle = await lockFolder(folder, async (handle) => {
    isFree = await handle.tryLock(true);
  });
  handle?.close();
  if (isFree) return;
  throw new DataError(
    `Will not replace the shards in ${folder}: another process is reading them, such as a ` +
      `training. Wait until it has ended, or set data.dir to a new folder.`,
  );
}

/** Opens and locks a folder; null if that cannot be. */
async function lockFolder(
  folder: string,
  lock: (handle: Deno.FsFile) => Promise<void>,
): Promise<Deno.FsFile | null> {
  if (Deno.build.os === "windows") return null;
  let handle: Deno.FsFile | undefined;
  try {
    handle = await Deno.open(folder);
    await lock(handle);
    return handle;
  } catch {
    handle?.close();
    return null;
  }
}
