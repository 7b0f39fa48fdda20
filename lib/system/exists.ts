/**
 * Whether something is there, and how large it is.
 *
 * @module
 */

import { builtin } from "./builtin.ts";
import { whileReading } from "./system_error.ts";

/**
 * Whether there is a file or folder at a path.
 *
 * @throws {FlmError} if that cannot be told.
 */
export async function exists(path: string): Promise<boolean> {
  return await fileSize(path) !== null;
}

/** The bytes of a file; null if there is none. @throws {FlmError} if they cannot be told. */
export async function fileSize(path: string): Promise<number | null> {
  const info = Deno.stat(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  });
  return (await whileReading(path, info))?.size ?? null;
}

/** Those folders of a path that are not there, the deepest first. @throws {FlmError} */
export async function missingFolders(folder: string): Promise<string[]> {
  const { dirname } = builtin("node:path");
  const missing: string[] = [];
  for (let path = folder; !await exists(path); path = dirname(path)) missing.push(path);
  return missing;
}
