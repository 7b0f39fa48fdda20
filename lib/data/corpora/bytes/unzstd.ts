/**
 * Decompression of Zstandard (RFC 8878) as it is read, its checksums compared.
 *
 * @module
 */
import { builtin } from "../../../system/builtin.ts";
import { ChunkReader } from "./chunks.ts";
import type { ByteChunks } from "./read_bytes.ts";

/** Bytes that are given at a time. */
const OUTPUT_CHUNK = 1 << 17;

const FRAME = 0xfd2fb528;

/** Frames of other programs' data; the last four bits are free. */
const SKIPPABLE_FRAME = 0x184d2a50;

/** Bytes of what came before to which a frame may refer: as many as `zstd -d` allows by itself. */
const MOST_WINDOW_BYTES = 1 << 27;

/** The file is sound, but not to be had in this way. */
export class UnsupportedFrame extends Error {}

/**
 * What a zstd file stands for: that of all its frames, one after another.
 *
 * @throws {UnsupportedFrame} if a frame needs a dictionary, or too much memory.
 * @throws {Error} if it is truncated or damaged, or anything but a frame follows.
 */
export async function* unzstd(bytes: ByteChunks): ByteChunks {
  const reader = new ChunkReader(bytes);
  try {
    for (let isFirst = true;; isFirst = false) {
      const magic = await reader.take(4);
      if (magic.length === 0 && !isFirst) return;
      const kind = magic.length === 4 ? little(magic) : NaN;
      if (kind === FRAME) yield* decode(frameBytes(reader, magic));
      else if (kind - kind % 16 === SKIPPABLE_FRAME) await skip(reader);
      else if (isFirst) {
        throw new Error(magic.length === 0 ? "it is empty" : "it does not begin so");
      } else throw new Error("something else follows its end");
    }
  } finally {
    await reader.close();
  }
}

// node:zlib's own, in Deno 2.9, neither notices a missing end nor reads several frames reliably.
async function* decode(frame: ByteChunks): ByteChunks {
  const { pipeline, Readable } = builtin("node:stream");
  const output = builtin("node:zlib").createZstdDecompress({ chunkSize: OUTPUT_CHUNK });
  // Whichever ends first, with an error or because nobody reads on, ends the other.
  pipeline(Readable.from(frame), output, () => {});
  for await (const chunk of output) yield chunk;
}

/** The bytes of a frame, whose beginning was read. */
async function* frameBytes(reader: ChunkReader, magic: Uint8Array<ArrayBuffer>): ByteChunks {
  yield magic;
  const descriptor = await take(reader, 1);
  const flags = descriptor[0]!;
  const isSingleSegment = (flags & 0x20) !== 0;
  const window = await take(reader, isSingleSegment ? 0 : 1);
  const dictionary = await take(reader, [0, 1, 2, 4][flags & 3]!);
  const contentSize = await take(reader, [isSingleSegment ? 1 : 0, 2, 4, 8][flags >> 6]!);
  const id = little(dictionary);
  if (id !== 0) {
    throw new UnsupportedFrame(
      `it was made with a dictionary (id ${id}). Decompress it first, with zstd -d -D DICTIONARY`,
    );
  }
  const windowBytes = isSingleSegment
    ? little(contentSize) + (contentSize.length === 2 ? 256 : 0)
    : (8 + (window[0]! & 7)) * 2 ** (7 + (window[0]! >> 3));
  if (windowBytes > MOST_WINDOW_BYTES) {
    throw new UnsupportedFrame(
      `it needs a window of ${Math.ceil(windowBytes / 2 ** 20)} MiB, and at most ` +
        `${MOST_WINDOW_BYTES / 2 ** 20} are allowed. Compress it anew without --long or --ultra`,
    );
  }
  for (const bytes of [descriptor, window, dictionary, contentSize]) yield bytes;
  for (let isLast = false; !isLast;) {
    const header = await take(reader, 3);
    const bits = little(header);
    isLast = (bits & 1) === 1;
    const isRepeatedByte = (bits >> 1 & 3) === 1;
    yield header;
    yield* body(reader, isRepeatedByte ? 1 : bits >> 3);
  }
  const hasChecksum = (flags & 4) !== 0;
  if (hasChecksum) yield await take(reader, 4);
}

async function skip(reader: ChunkReader): Promise<void> {
  const size = little(await take(reader, 4));
  for await (const _ of body(reader, size));
}

async function* body(reader: ChunkReader, size: number): ByteChunks {
  while (size > 0) {
    const bytes = await reader.some(size);
    if (bytes === null) throw truncated();
    size -= bytes.length;
    yield bytes;
  }
}

async function take(reader: ChunkReader, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await reader.take(length);
  if (bytes.length < length) throw truncated();
  return bytes;
}

function truncated(): Error {
  return new Error("it ends too early");
}

/** A little-endian number. */
function little(bytes: Uint8Array): number {
  return bytes.reduceRight((number, byte) => number * 256 + byte, 0);
}
