/**
 * Whether something is there.
 *
 * @module
 */

/** Whether there is a file or folder at a path. Whatever else keeps it from being read is thrown. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
