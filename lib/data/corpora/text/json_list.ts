/**
 * The items of a list in JSON, one after another, so that the list never has to be in memory.
 *
 * @module
 */
import { DataError } from "../../../errors.ts";
import type { ByteChunks } from "../bytes/read_bytes.ts";
import { decodeLine, type Line, LONGEST_LINE, TOO_LONG } from "./lines.ts";

const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] =
  new TextEncoder().encode('"\\,[]{}');

/**
 * The texts of a list's items, those of a chunk together. Whether they are JSON is for their reader
 * to find out.
 *
 * @param bytes A list, after white space and a byte order mark at most.
 * @param name What messages call the file.
 * @throws {DataError} if the list has no end, or something follows it.
 */
export async function* jsonItems(bytes: ByteChunks, name: string): AsyncGenerator<readonly Line[]> {
  const fail = (reason: string) => new DataError(`Cannot read the list in ${name}: ${reason}.`);
  /** Brackets that are open; null before the first. */
  let depth: number | null = null;
  let inString = false;
  let isEscaped = false;
  const item = new Item();
  for await (const chunk of bytes) {
    const items: Line[] = [];
    let start = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (depth === null) {
        if (byte === OPEN_LIST) [depth, start] = [1, i + 1];
      } else if (depth === 0) {
        if (byte > 0x20) throw fail("something follows its end");
      } else if (inString) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth++;
      else if (depth > 1) {
        if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--;
      } else if (byte === COMMA || byte === CLOSE_LIST) {
        items.push(item.end(chunk.subarray(start, i)));
        start = i + 1;
        if (byte === CLOSE_LIST) depth = 0;
      } else if (byte === CLOSE_OBJECT) throw fail("a } has no {");
    }
    if (depth !== null && depth > 0) item.add(chunk.subarray(start));
    yield items;
  }
  if (depth !== 0) throw fail("it has no end; it may be cut");
}

/** An item in the making. */
class Item {
  #parts: Uint8Array<ArrayBuffer>[] = [];
  #length = 0;

  add(part: Uint8Array<ArrayBuffer>): void {
    this.#length += part.length;
    if (this.#length > LONGEST_LINE) this.#parts = [];
    else this.#parts.push(part);
  }

  end(last: Uint8Array<ArrayBuffer>): Line {
    this.add(last);
    const line = this.#length > LONGEST_LINE ? TOO_LONG : decodeLine(this.#parts);
    [this.#parts, this.#length] = [[], 0];
    return line;
  }
}
