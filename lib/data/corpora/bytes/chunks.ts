/**
 * Streams of bytes, cut at whatever lengths their formats ask for.
 *
 * @module
 */
import { concat } from "../../../system/concat.ts";
import type { ByteChunks } from "./read_bytes.ts";

/** Reads a stream piece by piece. Whoever makes one closes it. */
export class ChunkReader {
  readonly #chunks: AsyncIterator<Uint8Array<ArrayBuffer>>;
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  /** Begins where the stream does. */
  constructor(chunks: ByteChunks) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** At least one and at most `most` bytes; null at the end. */
  async some(most = Infinity): Promise<Uint8Array<ArrayBuffer> | null> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return null;
      this.#rest = value;
    }
    const taken = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(taken.length);
    return taken;
  }

  /** So many bytes, fewer only where the stream ends before. */
  async take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const part = await this.some(length - filled);
      if (part === null) break;
      bytes.set(part, filled);
      filled += part.length;
    }
    return bytes.subarray(0, filled);
  }

  /** Puts bytes back before those that are left. */
  unread(bytes: Uint8Array<ArrayBuffer>): void {
    this.#rest = this.#rest.length === 0 ? bytes : concat([bytes, this.#rest]);
  }

  /** What is left, in chunks. */
  async *rest(): ByteChunks {
    for (;;) {
      const chunk = await this.some();
      if (chunk === null) return;
      yield chunk;
    }
  }

  /** Ends the stream, wherever it stands. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

/**
 * The bytes of a stream, once a look was had at the first of them.
 *
 * @param length How many are looked at, if there are as many.
 * @param look Throws if the stream is not to be read.
 */
export async function* afterLook(
  bytes: ByteChunks,
  length: number,
  look: (head: Uint8Array) => void,
): ByteChunks {
  const reader = new ChunkReader(bytes);
  try {
    const head = await reader.take(length);
    look(head);
    reader.unread(head);
    yield* reader.rest();
  } finally {
    await reader.close();
  }
}
