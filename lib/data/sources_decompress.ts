/**
 * Decompression of corpus files as they are read.
 *
 * @module
 */
import { Decompress } from "fzstd";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { DataError, isExplained, messageOf } from "../errors.ts";
import type { ByteChunks } from "./sources_bytes.ts";
import type { FileFormat } from "./sources_formats.ts";

/** Bytes that gzip gives at a time. */
const GUNZIP_CHUNK = 1 << 17;

/**
 * What compressed bytes stand for; files of several gzip members or zstd frames are one.
 *
 * @param name What messages call the file.
 * @throws {DataError} if the bytes are truncated or damaged.
 */
export function decompress(
  bytes: ByteChunks,
  compression: FileFormat["compression"],
  name: string,
): ByteChunks {
  if (compression === null) return bytes;
  return compression === "gz" ? gunzip(bytes, name) : unzstd(bytes, name);
}

// DecompressionStream knows neither several members nor checks the sum of what it gave.
async function* gunzip(bytes: ByteChunks, name: string): ByteChunks {
  const output = createGunzip({ chunkSize: GUNZIP_CHUNK });
  // Whichever ends first, with an error or because nobody reads on, ends the other.
  pipeline(Readable.from(bytes), output, () => {});
  try {
    for await (const chunk of output) yield chunk;
  } catch (cause) {
    if (isExplained(cause)) throw cause;
    throw damaged(name, "gzip", cause);
  }
}

// node:zlib's own, in Deno 2.9, neither notices a missing end nor reads several frames reliably.
async function* unzstd(bytes: ByteChunks, name: string): ByteChunks {
  const blocks: Uint8Array<ArrayBuffer>[] = [];
  const decoder = new Decompress((block) => blocks.push(block as Uint8Array<ArrayBuffer>));
  const push = (chunk: Uint8Array, isLast: boolean) => {
    try {
      decoder.push(chunk, isLast);
    } catch (cause) {
      throw damaged(name, "zstd", cause);
    }
    return blocks.splice(0);
  };
  let isEmpty = true;
  for await (const chunk of bytes) {
    isEmpty &&= chunk.length === 0;
    yield* push(chunk, false);
  }
  if (isEmpty) throw damaged(name, "zstd", new Error("it is empty"));
  yield* push(new Uint8Array(0), true);
}

function damaged(name: string, format: string, cause: unknown): DataError {
  return new DataError(
    `Cannot decompress the corpus ${name}: it is truncated, damaged or no ${format} file ` +
      `(${messageOf(cause)}). Fetch or make it again.`,
    { cause },
  );
}
