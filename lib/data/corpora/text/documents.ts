/**
 * The documents in text files of one a line, or one a JSON object.
 *
 * @module
 */
import { DataError } from "../../../errors.ts";
import { isWideText } from "../../../system/content.ts";
import { describeNames } from "../../../schema/field.ts";
import type { TextPiece } from "../../corpus.ts";
import type { ByteChunks } from "../bytes/read_bytes.ts";
import { checkedLines, checkedText } from "./checked_text.ts";
import { ChunkReader } from "../bytes/chunks.ts";
import { jsonItems } from "./json_list.ts";
import { type Line, lineBatches } from "./lines.ts";

/** Bytes in which a file's first bracket is found; it may be indented. */
const JSON_HEAD = 1 << 16;

/** What a text is one of, in messages. */
type Noun = "Line" | "Item";

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
  const lines = lineBatches(checkedLines(bytes, name));
  return documentsIn(lines, "Line", name, skip, (text) => ({ text, endOfDocument: true }));
}

/**
 * One object a line, the document under one of its keys; blank lines are none. What is not UTF-8,
 * not JSON or has no such string, or one that no Unicode can encode, is a fault.
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
  return objectsIn(lineBatches(checkedLines(bytes, name)), "Line", name, field, skip);
}

/**
 * A list of objects, the document under one of their keys; or one object a line, if the file does
 * not begin with a bracket.
 *
 * @param name What messages call the file.
 * @param field The key.
 * @param skip How many documents to leave out; these are not parsed.
 * @throws {DataError} if a list has no end, or something follows it.
 */
export async function* readJson(
  bytes: ByteChunks,
  name: string,
  field: string,
  skip: number,
): AsyncGenerator<TextPiece> {
  const reader = new ChunkReader(checkedText(bytes, name));
  try {
    const head = await reader.take(JSON_HEAD);
    reader.unread(head);
    const isList = new TextDecoder().decode(head).trimStart().startsWith("[");
    yield* isList
      ? objectsIn(jsonItems(reader.rest(), name), "Item", name, field, skip)
      : objectsIn(lineBatches(checkedLines(reader.rest(), name)), "Line", name, field, skip);
  } finally {
    await reader.close();
  }
}

function objectsIn(
  batches: AsyncIterable<readonly Line[]>,
  noun: Noun,
  name: string,
  field: string,
  skip: number,
): AsyncGenerator<TextPiece> {
  return documentsIn(batches, noun, name, skip, (line, fault, isFirst) => {
    let record: unknown;
    try {
      record = JSON.parse(line);
    } catch (cause) {
      if (isFirst && OPENING.test(line)) throw severalLines(name, cause);
      return fault(`is not JSON (${(cause as Error).message})`);
    }
    const value = valueUnder(record, field);
    if (typeof value !== "string") return fault(whyNoText(record, field, value));
    // Half of a character has no UTF-8, and would become another one.
    if (!value.isWellFormed()) return fault(`has half of a surrogate pair in "${field}"`);
    if (isWideText(value)) return fault(`has no text: "${field}" is UTF-16, not UTF-8`);
    return { text: value, endOfDocument: true };
  });
}

/** The first of the lines that an object or a list is spread over. */
const OPENING = /^\s*[[{](?:.*[[{,])?\s*$/s;

function severalLines(name: string, cause: unknown): DataError {
  return new DataError(
    `${name} begins with an object or a list of several lines, expected one object a line. Write ` +
      `them so, for example with jq -c . (of a list jq -c '.[]', or let its name end in .json).`,
    { cause },
  );
}

async function* documentsIn(
  batches: AsyncIterable<readonly Line[]>,
  noun: Noun,
  name: string,
  skip: number,
  documentOf: (line: string, fault: (what: string) => TextPiece, isFirst: boolean) => TextPiece,
): AsyncGenerator<TextPiece> {
  let number = 0;
  let isFirst = true;
  const fault = (what: string): TextPiece => ({
    text: "",
    endOfDocument: true,
    fault: `${noun} ${number} of ${name} ${what}`,
  });
  for await (const lines of batches) {
    for (const line of lines) {
      number++;
      if (typeof line === "string" && line.trim() === "") continue;
      if (skip > 0) skip--;
      else yield typeof line === "string" ? documentOf(line, fault, isFirst) : fault(line.fault);
      isFirst = false;
    }
  }
}

/** What an object has under a key of its own; undefined if it is none or has none. */
function valueUnder(record: unknown, key: string): unknown {
  const isObject = typeof record === "object" && record !== null && Object.hasOwn(record, key);
  return isObject ? (record as Record<string, unknown>)[key] : undefined;
}

function whyNoText(record: unknown, field: string, value: unknown): string {
  if (value !== undefined) return `has no text: "${field}" is ${kindOf(value)}`;
  if (kindOf(record) !== "a mapping") return `has no "${field}" string: found ${kindOf(record)}`;
  const keys = Object.keys(record as object);
  const found = keys.length === 0 ? "an empty object" : `the keys ${describeNames(keys)}`;
  return `has no "${field}" string: found ${found}`;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a mapping" : `a ${typeof value}`;
}
