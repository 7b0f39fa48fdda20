/**
 * What every file of a model must be, whatever model it is of.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { describeValue } from "../schema/field.ts";
import { openFileSource } from "./file_source.ts";
import { readText } from "./read_text.ts";
import { SafetensorsFile } from "./safetensors_reader.ts";
import { looksLikePage } from "./web_page.ts";

/** Vocabularies are the largest files of JSON. */
const MAX_JSON_BYTES = 1 << 28;

/** Bytes that a file of a name has at most; undefined if it may be of any size. */
export function maxBytesOf(name: string): number | undefined {
  return name.endsWith(".json") ? MAX_JSON_BYTES : undefined;
}

/** Bytes by which a web page is known. */
const BEGINNING_BYTES = 256;

/**
 * Checks that a file is no web page, and what its name promises: JSON, or the header of safetensors
 * and as many bytes as it says. Files of other names may hold anything else.
 *
 * @throws {FlmError} if it is something else, such as the page of a portal, or cut short.
 */
export async function checkModelFile(path: string): Promise<void> {
  if (looksLikePage(await beginningOf(path))) {
    throw new DataError(
      `Cannot read ${path}: it is a web page (HTML), such as that of a login or of the portal of a ` +
        `network, not a file of a model`,
    );
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

async function beginningOf(path: string): Promise<string> {
  const source = await openFileSource(path, DataError);
  try {
    const bytes = new Uint8Array(Math.min(source.size, BEGINNING_BYTES));
    await source.read(0, bytes);
    return new TextDecoder().decode(bytes);
  } finally {
    source.close();
  }
}
