/**
 * Bytes cut into lines of UTF-8, where a line that is none spoils no other.
 *
 * @module
 */
import type { ByteChunks } from "./sources_bytes.ts";

/** A line without its end, or null if it is not UTF-8. */
export type Line = string | null;

const LINE_FEED = 0x0a;

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The lines in batches, so that each costs little. A byte order mark at the beginning is none. */
export async function* lineBatches(bytes: ByteChunks): AsyncGenerator<readonly Line[]> {
  let rest: Uint8Array[] = [];
  let isFirst = true;
  const batchOf = (bytes: Uint8Array[]) => {
    const lines = decodeLines(concatenate(bytes));
    if (isFirst) lines[0] = lines[0]?.replace(/^\ufeff/, "") ?? null;
    isFirst = false;
    return lines;
  };
  for await (const chunk of bytes) {
    const end = chunk.lastIndexOf(LINE_FEED);
    if (end === -1) {
      rest.push(chunk);
      continue;
    }
    yield batchOf([...rest, chunk.subarray(0, end)]);
    rest = [chunk.subarray(end + 1)];
  }
  if (rest.some((each) => each.length > 0)) yield batchOf(rest);
}

function decodeLines(bytes: Uint8Array): Line[] {
  const text = decode(bytes);
  if (text !== null) return text.split("\n").map(withoutReturn);
  const lines: Line[] = [];
  for (let start = 0; start <= bytes.length;) {
    const found = bytes.indexOf(LINE_FEED, start);
    const end = found === -1 ? bytes.length : found;
    const line = decode(bytes.subarray(start, end));
    lines.push(line === null ? null : withoutReturn(line));
    start = end + 1;
  }
  return lines;
}

function decode(bytes: Uint8Array): string | null {
  try {
    return DECODER.decode(bytes);
  } catch {
    return null;
  }
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
