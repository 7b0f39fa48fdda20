/**
 * Text files that are none: in other encodings, compressed, or left to Git LFS.
 *
 * @module
 */
import { DataError } from "../../../errors.ts";
import { CONTENT_HEAD, contentOf } from "../../../system/content.ts";
import type { ByteChunks } from "../bytes/read_bytes.ts";
import { afterLook } from "../bytes/chunks.ts";

/**
 * The bytes, unless they begin as no text in UTF-8 does.
 *
 * @param name What messages call the file.
 * @throws {DataError} if they do.
 */
export function checkedText(bytes: ByteChunks, name: string): ByteChunks {
  return afterLook(bytes, CONTENT_HEAD, (head) => {
    // A page is text too.
    const content = contentOf(head, "page");
    if (content === null) return;
    throw new DataError(`${name} is not UTF-8 text: ${content.found}. ${content.mend}.`);
  });
}

/** Bytes at the beginning in which every text of several lines has the end of one. */
const LINES_HEAD = 1 << 16;

const LINE_FEED = 0x0a;
const RETURN = 0x0d;

/**
 * The same for a text that is read by its lines, which end with a line feed.
 *
 * @param name What messages call the file.
 * @throws {DataError} also if they end as on the Macs of old.
 */
export function checkedLines(bytes: ByteChunks, name: string): ByteChunks {
  return afterLook(checkedText(bytes, name), LINES_HEAD, (head) => {
    const firstReturn = head.indexOf(RETURN);
    if (head.includes(LINE_FEED) || firstReturn === -1 || firstReturn === head.length - 1) return;
    throw new DataError(
      `The lines of ${name} end with a carriage return alone, expected a line feed. Convert it ` +
        `first, for example with tr '\\r' '\\n'.`,
    );
  });
}
