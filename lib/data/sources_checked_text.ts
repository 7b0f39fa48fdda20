/**
 * Text files that are none: in other encodings, compressed, or left to Git LFS.
 *
 * @module
 */
import { DataError } from "../errors.ts";
import { CONTENT_HEAD, contentOf } from "../io/content.ts";
import type { ByteChunks } from "./sources_bytes.ts";
import { ChunkReader } from "./sources_chunks.ts";

/**
 * The bytes, unless they begin as no text in UTF-8 does.
 *
 * @param name What messages call the file.
 * @throws {DataError} if they do.
 */
export async function* checkedText(bytes: ByteChunks, name: string): ByteChunks {
  const reader = new ChunkReader(bytes);
  try {
    const head = await reader.take(CONTENT_HEAD);
    // A page is text too.
    const content = contentOf(head, "page");
    if (content !== null) {
      throw new DataError(`${name} is not UTF-8 text: ${content.found}. ${content.mend}.`);
    }
    reader.unread(head);
    yield* reader.rest();
  } finally {
    await reader.close();
  }
}
