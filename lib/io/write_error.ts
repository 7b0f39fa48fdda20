/**
 * Operating system errors of writing, put into words.
 *
 * @module
 */

import { FlmError } from "../errors.ts";

/**
 * Turns an error met while writing `path` into one that says what to do: disk
 * full, folder missing or not writable, permission not given to the program.
 * Any other error comes back as it is.
 */
export function explainWriteError(path: string, error: unknown): unknown {
  const reason = reasonOf(error);
  return reason === null
    ? error
    : new FlmError(`Cannot write ${path}: ${reason}`, { cause: error });
}

/** Awaits an operation on the file system, explaining its error. */
export async function whileWriting<T>(path: string, operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw explainWriteError(path, error);
  }
}

/**
 * Makes a folder and those above it, unless they are there.
 *
 * @throws {FlmError} if it cannot be made.
 */
export async function makeFolder(path: string): Promise<void> {
  await whileWriting(path, Deno.mkdir(path, { recursive: true }));
}

function reasonOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof Deno.errors.NotCapable) {
    return `${error.message}; the program needs --allow-read and --allow-write for its folder`;
  }
  switch ((error as { code?: unknown }).code) {
    case "ENOSPC":
    case "EDQUOT":
      return "the disk is full or over its quota; free some space and try again " +
        "(what was there before is unchanged)";
    case "ENOENT":
      return "its folder does not exist; create it first";
    case "EEXIST":
    case "ENOTDIR":
      return "what should be its folder is a file; choose another path";
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "its folder is not writable; change its permissions or choose another path";
    case "EISDIR":
      return "a folder has that name; remove it or choose another path";
    default:
      return null;
  }
}
