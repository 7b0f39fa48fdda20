/**
 * Folders for tests.
 *
 * @module
 */

/** Runs a test with a folder of its own, which is removed at the end. */
export async function withFolder<T>(test: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    return await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
