/**
 * Bytes cut into lines of UTF-8, where a line that is none spoils no other.
 *
 * @module
 */
import { concat } from "../../../system/concat.ts";
import type { ByteChunks } from "../bytes/read_bytes.ts";

/** Why a line cannot be used. */
export interface LineFault {
  /** What is wrong with it, in words that follow its name. */
  readonly fault: string;
}

/** A line without its end, or what is wrong with it. */
export type Line = string | LineFault;

/** Bytes that a line may have: all of it is in memory, several times over. */
export const LONGEST_LINE = 1 << 26;

const LINE_FEED = 0x0a;

const NOT_UTF8: LineFault = { fault: "is not UTF-8" };
const HAS_NUL: LineFault = { fault: "has a byte that is 0, so it is no text in UTF-8" };
/** A line that is not read since it is too long. */
export const TOO_LONG: LineFault = { fault: `is longer than ${LONGEST_LINE / 2 ** 20} MiB` };

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The lines in batches, so that each costs little. A byte order mark at the beginning is none. */
export async function* lineBatches(bytes: ByteChunks): AsyncGenerator<readonly Line[]> {
  /** The beginning of a line whose end was not seen yet. */
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  let isTooLong = false;
  let isFirst = true;
  const batchOf = (bytes: Uint8Array<ArrayBuffer>[]) => {
    const lines = decodeLines(concat(bytes));
    const [first] = lines;
    if (isFirst && typeof first === "string") lines[0] = first.replace(/^\ufeff/, "");
    isFirst = false;
    return lines;
  };
  for await (let chunk of bytes) {
    const firstEnd = chunk.indexOf(LINE_FEED);
    isTooLong ||= length + (firstEnd === -1 ? chunk.length : firstEnd) > LONGEST_LINE;
    if (isTooLong) {
      [parts, length] = [[], 0];
      if (firstEnd === -1) continue;
      yield [TOO_LONG];
      [isTooLong, isFirst] = [false, false];
      chunk = chunk.subarray(firstEnd + 1);
    }
    const end = chunk.lastIndexOf(LINE_FEED);
    if (end === -1) {
      parts.push(chunk);
      length += chunk.length;
      continue;
    }
    yield batchOf([...parts, chunk.subarray(0, end)]);
    parts = [chunk.subarray(end + 1)];
    length = parts[0]!.length;
  }
  if (isTooLong) yield [TOO_LONG];
  else if (length > 0) yield batchOf(parts);
}

function decodeLines(bytes: Uint8Array): Line[] {
  const text = decode(bytes);
  if (typeof text === "string") return text.split("\n").map(withoutReturn);
  const lines: Line[] = [];
  for (let start = 0; start <= bytes.length;) {
    const found = bytes.indexOf(LINE_FEED, start);
    const end = found === -1 ? bytes.length : found;
    const line = decode(bytes.subarray(start, end));
    lines.push(typeof line === "string" ? withoutReturn(line) : line);
    start = end + 1;
  }
  return lines;
}

/** One line, in parts. */
export function decodeLine(parts: readonly Uint8Array<ArrayBuffer>[]): Line {
  return decode(concat(parts));
}

function decode(bytes: Uint8Array): Line {
  try {
    const text = DECODER.decode(bytes);
    // Some thirty times as fast as a look at the bytes.
    return text.includes("\0") ? HAS_NUL : text;
  } catch {
    return bytes.includes(0) ? HAS_NUL : NOT_UTF8;
  }
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
