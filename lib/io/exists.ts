/**
 * Whether something is there, and how large it is.
 *
 * @module
 */

/** Whether there is a file or folder at a path. Whatever else keeps it from being read is thrown. */
export async function exists(path: string): Promise<boolean> {
  return await fileSize(path) !== null;
}

/** The bytes of a file; null if there is none. Whatever else keeps it from being read is thrown. */
export async function fileSize(path: string): Promise<number | null> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
