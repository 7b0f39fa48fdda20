/**
 * Whether what is open is still what its path leads to.
 *
 * @module
 */

/** Whether a path leads to the file or folder that is open; where they have no numbers, to any. */
export function isAt(path: string, file: Deno.FsFile): boolean {
  try {
    const [there, here] = [Deno.statSync(path), file.statSync()];
    return there.ino === here.ino && there.dev === here.dev;
  } catch {
    return false;
  }
}
