/**
 * What every file of a model must be, whatever model it is of.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { describeValue } from "../schema/field.ts";
import { CONTENT_HEAD, contentOf } from "../system/content.ts";
import { openFileSource } from "../io/file_source.ts";
import { readText } from "../io/read_text.ts";
import { SafetensorsFile } from "../safetensors/reader.ts";

/** Vocabularies are the largest files of JSON. */
const MAX_JSON_BYTES = 1 << 28;

/** Bytes that a file of a name has at most; undefined if it may be of any size. */
export function maxBytesOf(name: string): number | undefined {
  return name.endsWith(".json") ? MAX_JSON_BYTES : undefined;
}

/**
 * Checks that a file is nothing of another kind, and what its name promises: JSON, or the header of
 * safetensors and as many bytes as it says. Files of other names may hold anything else.
 *
 * @throws {FlmError} if it is something else, such as the page of a portal, or cut short.
 */
export async function checkModelFile(path: string): Promise<void> {
  const content = contentOf(await headOf(path));
  if (content !== null) {
    throw new DataError(`Cannot read ${path}: ${content.found}. ${content.mend}.`);
  }
  if (path.endsWith(".safetensors")) (await SafetensorsFile.open(path)).close();
  if (!path.endsWith(".json")) return;
  const text = await readText(path, DataError, { maxBytes: MAX_JSON_BYTES });
  try {
    JSON.parse(text);
  } catch (cause) {
    const beginning = describeValue(text);
    throw new DataError(`Cannot read ${path}: it is not JSON, it begins ${beginning}`, { cause });
  }
}

async function headOf(path: string): Promise<Uint8Array> {
  const source = await openFileSource(path, DataError);
  try {
    const head = new Uint8Array(Math.min(source.size, CONTENT_HEAD));
    await source.read(0, head);
    return head;
  } finally {
    source.close();
  }
}
