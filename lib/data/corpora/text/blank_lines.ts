/**
 * The documents in text files, as pieces of any length, between blank lines.
 *
 * @module
 */
import { DataError } from "../../../errors.ts";
import type { TextPiece } from "../../corpus.ts";
import type { ByteChunks } from "../bytes/read_bytes.ts";
import { checkedLines } from "./checked_text.ts";

/** The end of a line and one blank line or several, which separate two documents of a text file. */
const BLANK_LINES = /\r?\n(?:[^\S\n]*\n)+/;

/** The end of the last line that is not blank, and all that follows. */
const LAST_LINE_END = /\r?(?:\n[^]*)?$/;

/** Blank lines at the beginning of a file. */
const FIRST_BLANK_LINES = /^(?:[^\S\n]*\n)+/;

/**
 * Documents separated by blank lines. Whatever else a line begins with belongs to its document.
 *
 * @param name What messages call the file.
 * @throws {DataError} if the bytes are not UTF-8.
 */
export async function* readBetweenBlankLines(
  bytes: ByteChunks,
  name: string,
): AsyncGenerator<TextPiece> {
  let isBeginning = true;
  let inDocument = false;
  let whitespace = "";
  for await (const chunk of decoded(checkedLines(bytes, name), name)) {
    // White space at the end is held back, so that a blank line is never cut.
    const text = whitespace + chunk;
    const body = text.trimEnd();
    whitespace = shortened(text.slice(body.length), name);
    if (body === "") continue;
    const parts = (isBeginning ? body.replace(FIRST_BLANK_LINES, "") : body).split(BLANK_LINES);
    isBeginning = false;
    for (const [i, part] of parts.entries()) {
      inDocument ||= part !== "";
      if (!inDocument) continue;
      const endOfDocument = i < parts.length - 1;
      yield { text: part, endOfDocument };
      inDocument = !endOfDocument;
    }
  }
  // What the last line ends with is as much of its text as in the lines before.
  if (inDocument) yield { text: whitespace.replace(LAST_LINE_END, ""), endOfDocument: true };
}

/** White space without a line feed that is held back. */
const MOST_WHITESPACE = 1 << 20;

/** White space that separates just as this does, and does not grow with the blank lines in it. */
function shortened(whitespace: string, name: string): string {
  const short = whitespace.replace(BLANK_LINES, "\n\n");
  if (short.length <= MOST_WHITESPACE) return short;
  throw new DataError(
    `Cannot read ${name}: a line of it has more than 1 MiB of white space. Check that it is the ` +
      `text that was meant.`,
  );
}

const HAS_NUL = ": it has a byte that is 0";

/** The text of the bytes in chunks. */
async function* decoded(bytes: ByteChunks, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const fail = (reason: string, cause?: unknown) =>
    new DataError(
      `${name} is not UTF-8 text${reason}. Convert it first, for example with iconv.`,
      { cause },
    );
  const decode = (chunk?: Uint8Array<ArrayBuffer>) => {
    let text: string;
    try {
      text = chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch (cause) {
      throw fail(chunk?.includes(0) ? HAS_NUL : "", cause);
    }
    // Some thirty times as fast as a look at the bytes.
    if (text.includes("\0")) throw fail(HAS_NUL);
    return text;
  };
  for await (const chunk of bytes) yield decode(chunk);
  yield decode();
}
