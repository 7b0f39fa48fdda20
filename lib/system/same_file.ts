/**
 * Whether what is open is still what its path leads to.
 *
 * @module
 */

/**
 * Whether a path leads to the file or folder that is open; where they have no numbers, to any.
 *
 * @param look How the path is looked at: `Deno.lstatSync` to follow no link.
 */
export function isAt(
  path: string,
  file: Deno.FsFile,
  look: (path: string) => Deno.FileInfo = Deno.statSync,
): boolean {
  try {
    const [there, here] = [look(path), file.statSync()];
    return there.ino === here.ino && there.dev === here.dev;
  } catch {
    return false;
  }
}
