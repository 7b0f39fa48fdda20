/**
 * Decompression of corpus files as they are read.
 *
 * @module
 */
import { DataError, isExplained, messageOf } from "../../../errors.ts";
import { CONTENT_HEAD, contentOf } from "../../../system/content.ts";
import { afterLook } from "./chunks.ts";
import type { ByteChunks } from "./read_bytes.ts";
import type { FileFormat } from "./formats.ts";
import { gunzip } from "./gunzip.ts";
import { UnsupportedFrame, unzstd } from "./unzstd.ts";

/** A way to compress. */
type Compression = NonNullable<FileFormat["compression"]>;

const FORMATS: Readonly<
  Record<Compression, { kind: "gzip" | "zstd"; decode: (bytes: ByteChunks) => ByteChunks }>
> = {
  gz: { kind: "gzip", decode: gunzip },
  zst: { kind: "zstd", decode: unzstd },
};

/**
 * What compressed bytes stand for; files of several gzip members or zstd frames are one. The
 * checksums that they carry are compared.
 *
 * @param name What messages call the file.
 * @throws {DataError} if the bytes are truncated or damaged.
 */
export async function* decompress(
  bytes: ByteChunks,
  compression: Compression,
  name: string,
): ByteChunks {
  const { kind, decode } = FORMATS[compression];
  const fail = (reason: string, cause?: unknown) =>
    new DataError(`Cannot decompress the corpus ${name}: ${reason}.`, { cause });
  try {
    yield* decode(afterLook(bytes, CONTENT_HEAD, (head) => {
      const content = contentOf(head, kind);
      if (content !== null) throw fail(`${content.found}. ${content.mend}`);
    }));
  } catch (cause) {
    if (isExplained(cause)) throw cause;
    if (cause instanceof UnsupportedFrame) throw fail(cause.message, cause);
    throw fail(
      `it is truncated, damaged or no ${kind} file (${messageOf(cause)}). Fetch or make it again`,
      cause,
    );
  }
}
