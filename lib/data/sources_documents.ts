/**
 * The documents in text files: between blank lines, one a line, or one JSON object a line.
 *
 * @module
 */
import { DataError } from "../errors.ts";
import type { TextPiece } from "./corpus.ts";
import type { ByteChunks } from "./sources_bytes.ts";
import { type Line, lineBatches } from "./sources_lines.ts";

/** A blank line, or several, between two documents of a text file. */
const BLANK_LINES = /\r?\n\s*\n\s*/;

/**
 * Documents separated by blank lines.
 *
 * @param name What messages call the file.
 * @throws {DataError} if the bytes are not UTF-8.
 */
export async function* readBetweenBlankLines(
  bytes: ByteChunks,
  name: string,
): AsyncGenerator<TextPiece> {
  let inDocument = false;
  let whitespace = "";
  for await (const chunk of decoded(bytes, name)) {
    // White space at the end is held back, so that a blank line is never cut.
    const text = whitespace + chunk;
    const body = text.trimEnd();
    whitespace = text.slice(body.length);
    const parts = body.split(BLANK_LINES);
    for (const [i, part] of parts.entries()) {
      inDocument ||= part.trim() !== "";
      if (!inDocument) continue;
      const endOfDocument = i < parts.length - 1;
      yield { text: part, endOfDocument };
      inDocument = !endOfDocument;
    }
  }
  if (inDocument) yield { text: "", endOfDocument: true };
}

/** The text of the bytes in chunks. */
async function* decoded(bytes: ByteChunks, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decode = (chunk?: Uint8Array<ArrayBuffer>) => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch (cause) {
      throw new DataError(`${name} is not UTF-8 text. Convert it first, for example with iconv.`, {
        cause,
      });
    }
  };
  for await (const chunk of bytes) yield decode(chunk);
  yield decode();
}

/**
 * One document a line; blank lines are none, and what is not UTF-8 is a fault.
 *
 * @param name What messages call the file.
 * @param skip How many documents to leave out.
 */
export function readLines(
  bytes: ByteChunks,
  name: string,
  skip: number,
): AsyncGenerator<TextPiece> {
  return documentsIn(bytes, name, skip, (text) => ({ text, endOfDocument: true }));
}

/**
 * One object a line, the document under one of its keys; blank lines are none. What is not UTF-8,
 * not JSON or has no such string is a fault.
 *
 * @param name What messages call the file.
 * @param field The key.
 * @param skip How many documents to leave out; these are not parsed.
 */
export function readJsonLines(
  bytes: ByteChunks,
  name: string,
  field: string,
  skip: number,
): AsyncGenerator<TextPiece> {
  return documentsIn(bytes, name, skip, (line, number) => {
    let record: unknown;
    try {
      record = JSON.parse(line);
    } catch (cause) {
      return fault(number, name, `is not JSON (${(cause as Error).message})`);
    }
    const isObject = typeof record === "object" && record !== null;
    const text = isObject && Object.hasOwn(record as object, field)
      ? (record as Record<string, unknown>)[field]
      : undefined;
    if (typeof text === "string") return { text, endOfDocument: true };
    return fault(number, name, `has no "${field}" string: found ${describe(record)}`);
  });
}

async function* documentsIn(
  bytes: ByteChunks,
  name: string,
  skip: number,
  documentOf: (line: string, number: number) => TextPiece,
): AsyncGenerator<TextPiece> {
  let number = 0;
  for await (const lines of lineBatches(bytes)) {
    for (const line of lines) {
      number++;
      if (isBlank(line)) continue;
      if (skip > 0) skip--;
      else yield line === null ? fault(number, name, "is not UTF-8") : documentOf(line, number);
    }
  }
}

function isBlank(line: Line): boolean {
  return line !== null && line.trim() === "";
}

function fault(number: number, name: string, what: string): TextPiece {
  return { text: "", endOfDocument: true, fault: `Line ${number} of ${name} ${what}` };
}

function describe(record: unknown): string {
  if (typeof record !== "object" || record === null || Array.isArray(record)) {
    return Array.isArray(record) ? "a list" : `${record}`;
  }
  const keys = Object.keys(record);
  return keys.length === 0 ? "an empty object" : `the keys ${keys.join(", ")}`;
}
