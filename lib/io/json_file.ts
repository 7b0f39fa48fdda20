/**
 * Files of JSON, for programs and for people to read.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { integer, oneOf } from "../schema/field.ts";
import { type JsonDocument, parseJson, readShape } from "../schema/read_json.ts";
import type { AnySection, Section } from "../schema/tree.ts";
import { writeFileAtomic } from "../system/atomic.ts";
import { readTextIfThere } from "./read_text.ts";
import { taskCommand } from "../system/task_command.ts";

/** More than the samples of any measurement take. */
const MAX_BYTES = 2 ** 28;

/** Writes a value, whole or not at all. @throws {FlmError} if it cannot be written. */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, JSON.stringify(value, null, 2) + "\n");
}

/** A kind of file that says what it is: `format` and `version`, and what the section asks for. */
export interface JsonFormat<T> {
  /** What such files call themselves. */
  readonly format: string;
  /**
   * The version of their layout that this program reads and writes; raised as well whenever the
   * same inputs would give other results than before.
   */
  readonly version: number;
  /** Their content. */
  readonly section: AnySection & Section<T>;
  /** The task that makes such files. */
  readonly madeBy: string;
}

/** A value as a file of a format holds it. */
export function formatted<T>({ format, version }: JsonFormat<T>, value: T): T {
  return { format, version, ...value };
}

/** Writes a value as a file of a format. @throws {FlmError} if it cannot be written. */
export async function writeFormat<T>(
  path: string,
  format: JsonFormat<T>,
  value: T,
): Promise<void> {
  await writeJsonFile(path, formatted(format, value));
}

/**
 * The version of the layout of a parsed document.
 *
 * @throws {FlmError} of the document's class, if it is none of this format.
 */
export function versionOf(value: unknown, format: string, document: JsonDocument): number {
  return readShape<{ format: string; version: number }>(value, {
    doc: "What a document says of itself.",
    keys: {
      format: oneOf([format], { doc: "Its kind." }),
      version: integer({ doc: "Of its layout.", min: 1 }),
    },
  }, document).version;
}

/**
 * What a file of a format holds that is to be replaced: null if there is none, or it is of no use,
 * being damaged or of another version.
 */
export async function formerFormat<T>(path: string, format: JsonFormat<T>): Promise<T | null> {
  try {
    return await readFormat(path, format) ?? null;
  } catch (error) {
    if (error instanceof DataError) return null;
    throw error;
  }
}

/**
 * What a file of a format holds.
 *
 * @returns undefined if there is no such file; null if it has an older layout.
 * @throws {DataError} if it is something else or damaged, naming the field.
 */
export async function readFormat<T>(
  path: string,
  { format, version, section, madeBy }: JsonFormat<T>,
): Promise<T | null | undefined> {
  const text = await readTextIfThere(path, DataError, { maxBytes: MAX_BYTES });
  if (text === undefined) return undefined;
  const advice = `Make it again with ${taskCommand(madeBy)}.`;
  const document = { name: path, error: DataError, advice };
  const value = parseJson(text, document);
  const found = versionOf(value, format, document);
  if (found < version) return null;
  if (found === version) return readShape<T>(value, section, document);
  throw new DataError(
    `Cannot read ${path}: its version is ${found}, this program reads ${version}. Use the flm ` +
      `that wrote it. ${advice}`,
  );
}
