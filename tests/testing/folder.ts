/**
 * Folders for tests.
 *
 * @module
 */

/** Runs a test with a folder of its own, which is removed at the end. */
export async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
