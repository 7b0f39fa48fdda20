/**
 * Files of JSON, for programs and for people to read.
 *
 * @module
 */

import { writeFileAtomic } from "./atomic.ts";

/** Writes a value, whole or not at all. @throws {FlmError} if it cannot be written. */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, JSON.stringify(value, null, 2) + "\n");
}

/**
 * What a file holds.
 *
 * @returns undefined if there is no such file.
 * @throws {SyntaxError} if it is not JSON.
 */
export async function readJsonFile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  return JSON.parse(text);
}

/** What files say of themselves. */
export interface JsonFormat {
  /** The kind of file. */
  format: string;
  /** The version of its layout. */
  version: number;
}

/**
 * What a file of one kind holds.
 *
 * @returns undefined if there is no such file; null if it is of another kind or no JSON.
 */
export async function readFormat<T extends JsonFormat>(
  path: string,
  { format, version }: Pick<T, "format" | "version">,
): Promise<Partial<T> | null | undefined> {
  let found: Partial<T> | null | undefined;
  try {
    found = await readJsonFile(path) as Partial<T> | null | undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
  if (found === undefined) return undefined;
  return found?.format === format && found.version === version ? found : null;
}
