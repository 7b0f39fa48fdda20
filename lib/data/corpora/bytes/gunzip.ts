/**
 * Decompression of gzip as it is read, its checksums compared.
 *
 * @module
 */
import type { Gunzip } from "node:zlib";
import { builtin } from "../../../system/builtin.ts";
import { ChunkReader } from "./chunks.ts";
import type { ByteChunks } from "./read_bytes.ts";

/** Bytes that are given at a time. */
const OUTPUT_CHUNK = 1 << 17;

/**
 * What a gzip file stands for: that of all its members, one after another, also where zeros fill
 * the gaps between them or what is left of a tape's or disk's last block.
 *
 * @throws {Error} if it is truncated or damaged, or anything but a member or zeros follows.
 */
export async function* gunzip(bytes: ByteChunks): ByteChunks {
  const reader = new ChunkReader(bytes);
  try {
    do yield* inflate(reader); while (await passZeros(reader));
  } finally {
    await reader.close();
  }
}

// DecompressionStream knows no files of several members.
async function* inflate(reader: ChunkReader): ByteChunks {
  const output = builtin("node:zlib").createGunzip({ chunkSize: OUTPUT_CHUNK });
  const fed = feed(reader, output).catch((cause) => output.destroy(cause));
  for await (const chunk of output) yield chunk;
  await fed;
}

/** Gives a decoder what it takes, and leaves what lies behind its end. */
async function feed(reader: ChunkReader, decoder: Gunzip): Promise<void> {
  for (let given = 0;;) {
    const chunk = await reader.some();
    if (chunk === null) break;
    given += chunk.length;
    // Called back when the decoder is done with the chunk, and has passed on what came of it.
    await new Promise<void>((resolve, reject) =>
      decoder.write(chunk, (error) => error ? reject(error) : resolve())
    );
    const left = given - decoder.bytesWritten;
    if (left === 0) continue;
    reader.unread(chunk.subarray(chunk.length - left));
    break;
  }
  decoder.end();
}

/** Whether something else than zeros is left, which comes next then. */
async function passZeros(reader: ChunkReader): Promise<boolean> {
  for (;;) {
    const chunk = await reader.some();
    if (chunk === null) return false;
    const start = chunk.findIndex((byte) => byte !== 0);
    if (start === -1) continue;
    reader.unread(chunk.subarray(start));
    return true;
  }
}
