/**
 * JSON documents from files and servers, checked once where they come in.
 *
 * @module
 */

import { type ErrorClass, sentenceOf } from "../errors.ts";
import { type AnySection, readSection, type Section } from "./tree.ts";

/** How {@linkcode readJson} speaks of a document. */
export interface JsonDocument {
  /** Its file or address. */
  readonly name: string;
  /** The class of the error if something is wrong with it. */
  readonly error: ErrorClass;
  /** How to mend it: a sentence at the end of the message. */
  readonly advice?: string;
}

/**
 * Reads a JSON document by a section. Keys that the section does not have are left out.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { CheckpointError } from "../errors.ts";
 * import { text } from "./field.ts";
 * import { readJson } from "./read_json.ts";
 *
 * const latest = { doc: "latest.json", keys: { checkpoint: text({ doc: "The newest one." }) } };
 * const document = { name: "runs/demo/latest.json", error: CheckpointError };
 * const { checkpoint } = readJson('{"checkpoint": "checkpoints/0000200"}', latest, document);
 * assertEquals(checkpoint, "checkpoints/0000200");
 * ```
 *
 * @throws {FlmError} of the class given, if it is not JSON, or naming the first field that is
 * missing or not as expected, what was found, and what was expected.
 */
export function readJson<T>(
  source: string,
  section: AnySection & Section<T>,
  document: JsonDocument,
): T {
  return readShape<T>(parsed(source, document), section, document);
}

/** Lists and mappings within one another that whoever copies or writes a value can take. */
const MAX_DEPTH = 500;

/**
 * What a JSON document holds, unchecked.
 *
 * @throws {FlmError} of the class given, if it is none, or too deep for what is done with it.
 */
export function parseJson(source: string, document: JsonDocument): unknown {
  const value = parsed(source, document);
  if (!isDeeper(value, MAX_DEPTH)) return value;
  throw damaged(document, `its lists and mappings are nested more than ${MAX_DEPTH} deep`);
}

function parsed(source: string, document: JsonDocument): unknown {
  try {
    return JSON.parse(source);
  } catch (cause) {
    throw damaged(
      document,
      `it is not JSON (${(cause as Error).message}); is it truncated?`,
      cause,
    );
  }
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((each) => isDeeper(each, depth - 1));
}

/** Like {@linkcode readJson}, for what was parsed already. */
export function readShape<T>(
  value: unknown,
  section: AnySection & Section<T>,
  document: JsonDocument,
): T {
  const problems: string[] = [];
  const read = readSection<T>(section, value, problems, { unknownKeys: "ignore" });
  if (problems.length === 0) return read;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  throw damaged(document, `${problems[0]}${more}`);
}

function damaged({ name, error, advice }: JsonDocument, reason: string, cause?: unknown) {
  return new error(
    `Cannot read ${name}: ${sentenceOf(reason)}${advice === undefined ? "" : ` ${advice}`}`,
    cause === undefined ? {} : { cause },
  );
}
