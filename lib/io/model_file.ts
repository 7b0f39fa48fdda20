/**
 * What every file of a model must be, whatever model it is of.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { readText } from "./read_text.ts";
import { SafetensorsFile } from "./safetensors_reader.ts";

/** Vocabularies are the largest files of JSON. */
const MAX_JSON_BYTES = 1 << 28;

/**
 * Checks what a file's name promises: JSON, or the header of safetensors and as many bytes as it
 * says. Files of other names may hold anything.
 *
 * @throws {FlmError} if it is something else, such as the page of a portal, or cut short.
 */
export async function checkModelFile(path: string): Promise<void> {
  if (path.endsWith(".safetensors")) (await SafetensorsFile.open(path)).close();
  if (!path.endsWith(".json")) return;
  const text = await readText(path, DataError, { maxBytes: MAX_JSON_BYTES });
  try {
    JSON.parse(text);
  } catch (cause) {
    const beginning = text.length > 40 ? `${text.slice(0, 40)}…` : text;
    throw new DataError(
      `Cannot read ${path}: it is not JSON, it begins ${JSON.stringify(beginning)}`,
      { cause },
    );
  }
}
